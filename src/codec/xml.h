#pragma once

#include <cloudkit/result.h>

#include <memory>
#include <string_view>

#include "codec/xml_reader.h"
#include "codec/xml_text.h"

namespace cloudkit::inline v0::codec {

/// A place in a document, which must outlive it. Names are local: `s3:Code` is `Code`. What is
/// missing reads as empty, so that a chain of look-ups needs one check at its end.
class XmlNode {
 public:
  XmlNode() = default;
  explicit operator bool() const noexcept { return handle_ != nullptr; }
  std::string_view name() const noexcept;
  /// The text and CDATA directly inside, as it was sent: spaces are kept.
  std::string_view text() const noexcept;
  XmlNode child(std::string_view name) const noexcept;
  XmlNode first_child() const noexcept;  ///< The first child element.
  XmlNode next() const noexcept;         ///< The next sibling element.

 private:
  friend class XmlDocument;
  explicit XmlNode(void* handle) noexcept : handle_(handle) {}
  void* handle_ = nullptr;
};

/// A whole reply, read with bounds. Leading white space and a byte order mark are skipped.
class XmlDocument {
 public:
  /// Errors: `unknown`, naming what is wrong: empty, cut off, not XML, not UTF-8, a DOCTYPE, a raw control
  /// character, a reference to NUL or to no character, more than one root, too large, too deep, too
  /// many nodes. `&#x1;`, which XML 1.0 forbids, is read: S3 keys may hold it.
  static Result<XmlDocument> parse(std::string_view text, const XmlLimits& limits = {});

  XmlDocument(XmlDocument&&) noexcept;
  XmlDocument& operator=(XmlDocument&&) noexcept;
  ~XmlDocument();
  XmlNode root() const noexcept;

 private:
  struct Impl;
  explicit XmlDocument(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace cloudkit::inline v0::codec

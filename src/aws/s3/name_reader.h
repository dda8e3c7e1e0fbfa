#pragma once

#include "codec/xml.h"

#include <cloudkit/result.h>

#include <string>
#include <string_view>

namespace cloudkit::inline v0::aws::s3 {

/// Reads names in a listing as the reply writes them: form-coded only where it says so, which
/// some servers do not, though they were asked to.
class NameReader {
 public:
  /// The listing's EncodingType, or nothing.
  explicit NameReader(std::string_view encoding_type);
  explicit NameReader(codec::XmlNode root);
  /// Errors: `unknown` for a name that is badly encoded.
  Result<std::string> read(std::string_view text) const;
  Result<std::string> read(codec::XmlNode node) const { return read(node.text()); }

 private:
  bool encoded_;
};

/// `unknown`, for a field that is not what it should be: "… says Size "x" of "a/b"".
Error bad_field(std::string_view field, std::string_view text, std::string_view key);
/// The same of a node's field, which may also be missing.
Error bad_field(codec::XmlNode node, std::string_view field, std::string_view key);

/// "true" or "false"; a field that is missing is false. Errors: `bad_field`, with `of` as its key.
Result<bool> read_flag(codec::XmlNode parent, std::string_view name, std::string_view of);

}  // namespace cloudkit::inline v0::aws::s3

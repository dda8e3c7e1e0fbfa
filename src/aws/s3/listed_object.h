#pragma once

#include "codec/xml.h"

#include <cloudkit/object_types.h>

#include <string>
#include <string_view>

/// What the listings of objects and of versions have in common.
namespace cloudkit::inline v0::aws::s3 {

/// Reads names as the reply writes them: form-coded only where it says so, which some servers do
/// not, though they were asked to.
class NameReader {
 public:
  explicit NameReader(codec::XmlNode root);
  /// Errors: `unknown` for a bad encoding.
  Result<std::string> read(codec::XmlNode node) const;

 private:
  bool encoded_;
};

/// Key, size, time, ETag, storage class. Errors: `unknown` for what is none.
Result<ListEntry> read_listed_object(codec::XmlNode node, const NameReader& names);
/// `unknown`: the listing says `field` of `key`.
Error bad_field(codec::XmlNode field, std::string_view key);

}  // namespace cloudkit::inline v0::aws::s3

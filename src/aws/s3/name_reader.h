#pragma once

#include "codec/xml.h"

#include <cloudkit/result.h>

#include <string>

namespace cloudkit::inline v0::aws::s3 {

/// Reads names in a listing as the reply writes them: form-coded only where it says so, which
/// some servers do not, though they were asked to.
class NameReader {
 public:
  explicit NameReader(codec::XmlNode root);
  /// Errors: `unknown` for a name that is badly encoded.
  Result<std::string> read(codec::XmlNode node) const;

 private:
  bool encoded_;
};

/// `unknown`, for a field that is not what it should be: "… says Size "x" of "a/b"".
Error bad_field(codec::XmlNode field, std::string_view key);

}  // namespace cloudkit::inline v0::aws::s3

#include "aws/s3/name_reader.h"

#include "aws/s3/errors.h"
#include "core/encode.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::aws::s3 {

NameReader::NameReader(codec::XmlNode root) : encoded_(core::trim(root.child("EncodingType").text()) == "url") {}

Result<std::string> NameReader::read(codec::XmlNode node) const {
  if (!encoded_) return std::string(node.text());
  auto name = core::percent_decode(node.text(), true);
  if (!name) {
    return unexpected_reply(
        fmt::format("a key in the listing is badly encoded: {}", core::printable_excerpt(node.text(), 200)));
  }
  return *std::move(name);
}

Error bad_field(codec::XmlNode field, std::string_view key) {
  return unexpected_reply(fmt::format("the listing says {} \"{}\" of \"{}\"", field.name(),
                                      core::printable_excerpt(field.text(), 80), core::printable_excerpt(key, 200)));
}

}  // namespace cloudkit::inline v0::aws::s3

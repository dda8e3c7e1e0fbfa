#include "aws/s3/name_reader.h"

#include "aws/s3/errors.h"
#include "core/encode.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::aws::s3 {

NameReader::NameReader(std::string_view encoding_type) : encoded_(core::trim(encoding_type) == "url") {}
NameReader::NameReader(codec::XmlNode root) : NameReader(root.child("EncodingType").text()) {}

Result<std::string> NameReader::read(std::string_view text) const {
  if (!encoded_) return std::string(text);
  auto name = core::percent_decode(text, true);
  if (!name) {
    return unexpected_reply(
        fmt::format("a key in the listing is badly encoded: {}", core::printable_excerpt(text, 200)));
  }
  return *std::move(name);
}

Error bad_field(std::string_view field, std::string_view text, std::string_view key) {
  return unexpected_reply(fmt::format("the listing says {} \"{}\" of \"{}\"", field, core::printable_excerpt(text, 80),
                                      core::printable_excerpt(key, 200)));
}

Error bad_field(codec::XmlNode node, std::string_view field, std::string_view key) {
  const codec::XmlNode child = node.child(field);
  if (child) return bad_field(field, child.text(), key);
  return unexpected_reply(
      fmt::format("the listing does not say {} of \"{}\"", field, core::printable_excerpt(key, 200)));
}

Result<bool> read_flag(codec::XmlNode parent, std::string_view name, std::string_view of) {
  const std::string_view text = core::trim(parent.child(name).text());
  if (text.empty() || text == "false") return false;
  if (text == "true") return true;
  return bad_field(parent, name, of);
}

}  // namespace cloudkit::inline v0::aws::s3

#include "http/object/tag_set.h"

#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::http {

Result<Tags> read_tag_set(codec::XmlNode set) {
  Tags tags;
  for (codec::XmlNode node = set.first_child(); node; node = node.next()) {
    if (node.name() != "Tag") continue;
    const std::string_view name = node.child("Key").text();
    if (name.empty() || !tags.emplace(name, node.child("Value").text()).second) {
      return core::fail(ErrorCode::unknown, fmt::format("the tag \"{}\" is {}", core::printable_excerpt(name, 80),
                                                        name.empty() ? "empty" : "there twice"));
    }
  }
  return tags;
}

std::string tag_set(const Tags& tags) {
  std::string text = "<TagSet>";
  for (const auto& [name, value] : tags) {
    text += fmt::format("<Tag><Key>{}</Key><Value>{}</Value></Tag>", codec::xml_escape(name), codec::xml_escape(value));
  }
  return text += "</TagSet>";
}

}  // namespace cloudkit::inline v0::http

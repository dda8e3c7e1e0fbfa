#include "json.h"

#include "format.h"

#include <fmt/format.h>

#include <iterator>

namespace cloudkit::tool {
namespace {

// https://www.rfc-editor.org/rfc/rfc8259#section-7
void escape_to(std::string& out, char c) {
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
  } else {
    out += c;
  }
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const std::size_t size = utf8_size(text);
    if (size == 0) {
      out += "\\ufffd";
    } else if (size == 1) {
      escape_to(out, text.front());
    } else if (size == 2 && text.starts_with('\xC2') && static_cast<unsigned char>(text[1]) < 0xA0) {
      // C1: terminals obey them, too.
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(text[1])));
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return out += '"';
}

}  // namespace

Json& Json::raw(std::string_view name, std::string_view value) {
  if (!members_.empty()) members_ += ',';
  members_ += quoted(name);
  members_ += ':';
  members_ += value;
  return *this;
}

Json& Json::text(std::string_view name, std::string_view value) { return raw(name, quoted(value)); }
Json& Json::text_unless_empty(std::string_view name, std::string_view value) {
  return value.empty() ? *this : text(name, value);
}
Json& Json::number(std::string_view name, std::uint64_t value) { return raw(name, fmt::format_int(value).c_str()); }
Json& Json::boolean(std::string_view name, bool value) { return raw(name, value ? "true" : "false"); }
Json& Json::object(std::string_view name, const Json& value) { return raw(name, value.finish()); }

Json& Json::list(std::string_view name, const std::vector<Json>& values) {
  std::string items = "[";
  for (const Json& value : values) {
    if (items.size() > 1) items += ',';
    items += value.finish();
  }
  return raw(name, items += ']');
}

}  // namespace cloudkit::tool

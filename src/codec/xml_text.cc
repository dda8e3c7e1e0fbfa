#include "codec/xml_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <system_error>
#include <utility>

namespace cloudkit::inline v0::codec {
namespace {

// What a reference stands for, and how long it is itself. No length: it is none, and stays.
struct Reference {
  std::uint32_t code = 0;
  std::size_t length = 0;
  bool is_sound = true;
};

Reference numbered(std::string_view text) noexcept {
  const bool is_hex = text.starts_with("&#x");
  const char* const digits = text.data() + (is_hex ? 3 : 2);
  const char* const end = text.data() + text.size();
  std::uint64_t code = 0;
  const auto [stop, error] = std::from_chars(digits, end, code, is_hex ? 16 : 10);
  if (error == std::errc::result_out_of_range) return {0, 0, false};
  if (error != std::errc{} || stop == end || *stop != ';') return {};
  if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return {0, 0, false};
  return {static_cast<std::uint32_t>(code), static_cast<std::size_t>(stop + 1 - text.data())};
}

// `text` starts with `&`.
Reference reference_at(std::string_view text) noexcept {
  constexpr std::pair<std::string_view, char> kNamed[] = {
      {"&quot;", '"'}, {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&apos;", '\''}};
  if (text.starts_with("&#")) return numbered(text);
  for (const auto& [name, character] : kNamed) {
    if (text.starts_with(name)) return {static_cast<std::uint32_t>(character), name.size()};
  }
  return {};
}

void append_utf8(std::uint32_t code, std::string& out) {
  if (code < 0x80) return out.push_back(static_cast<char>(code));
  const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  const std::uint32_t lead = (0xFFU << (7 - more)) & 0xFFU;
  out.push_back(static_cast<char>(lead | code >> (6 * more)));
  for (int i = more - 1; i >= 0; --i) out.push_back(static_cast<char>(0x80 | (code >> (6 * i) & 0x3F)));
}

}  // namespace

std::optional<std::size_t> decode_xml_text(std::string_view run, bool decode_references, std::string& out) {
  const auto find = [&](char c, std::size_t from) { return std::min(run.find(c, from), run.size()); };
  std::size_t at = 0;
  // Looked for anew only once it is passed: else a run of the one would be quadratic in the other.
  std::size_t reference = decode_references ? find('&', 0) : run.size();
  std::size_t carriage_return = find('\r', 0);
  while (true) {
    const std::size_t next = std::min(reference, carriage_return);
    out.append(run.substr(at, next - at));
    if (next == run.size()) return std::nullopt;
    at = next + 1;
    if (next == carriage_return) {
      out.push_back('\n');
      if (at < run.size() && run[at] == '\n') ++at;
      carriage_return = find('\r', at);
      continue;
    }
    const Reference found = reference_at(run.substr(next));
    if (!found.is_sound) return next;
    if (found.length == 0) {
      out.push_back('&');
    } else {
      append_utf8(found.code, out);
      at = next + found.length;
    }
    reference = find('&', at);
  }
}

std::string xml_escape(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default:
        // What XML cannot hold, such as 0x01, or would change on the way, such as CR.
        if (static_cast<unsigned char>(c) < 0x20) {
          out += fmt::format("&#x{:X};", static_cast<unsigned>(c));
        } else {
          out.push_back(c);
        }
    }
  }
  return out;
}

}  // namespace cloudkit::inline v0::codec

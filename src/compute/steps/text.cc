#include "compute/steps/text.h"

#include "codec/json.h"
#include "core/check_text.h"
#include "core/encode.h"

#include <algorithm>
#include <array>

namespace cloudkit::inline v0::compute::steps {
namespace {

// Characters beyond ASCII that some reader changes or refuses: C1 controls, line separators, byte order marks and
// non-characters. https://yaml.org/spec/1.1/#id868518
bool has_odd_character(std::string_view text) noexcept {
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const auto first = static_cast<unsigned char>(text[i]);
    const auto second = static_cast<unsigned char>(text[i + 1]);
    if (first == 0xC2 && second < 0xA0) return true;
    if (i + 2 == text.size()) break;
    const auto third = static_cast<unsigned char>(text[i + 2]);
    if (first == 0xE2 && second == 0x80 && (third == 0xA8 || third == 0xA9)) return true;
    if (first == 0xEF && second == 0xBB && third == 0xBF) return true;
    if (first == 0xEF && second == 0xBF && third >= 0xBE) return true;
  }
  return false;
}

// What every reader of YAML takes for a string: not a number, a date, a truth or nothing.
bool is_plain_scalar(std::string_view text) {
  static constexpr std::array kNoStrings = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"};
  const std::string lower = core::to_lower(text);
  if (!core::is_made_of(text, "_./+-", text.size())) return false;
  if (!core::is_letter(text.front()) && text.front() != '/') return false;
  return std::find(kNoStrings.begin(), kNoStrings.end(), lower) == kNoStrings.end();
}

}  // namespace

bool is_clean_text(std::string_view text) noexcept {
  const bool controls = std::any_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == '\x7F';
  });
  return !controls && core::is_valid_utf8(text) && !has_odd_character(text);
}

bool is_clean_line(std::string_view text) noexcept {
  return text.find_first_of("\n\t") == std::string_view::npos && is_clean_text(text);
}

std::string yaml_scalar(std::string_view text) {
  if (is_plain_scalar(text)) return std::string(text);
  // A string of JSON is one of YAML.
  return codec::JsonWriter().string(text).finish().value_or(std::string());
}

std::string yaml_text(std::string_view text, std::size_t indent) {
  const auto content = text.find_last_not_of('\n');
  // An indentation that a block takes from its first line must not be one of the text.
  if (content == std::string_view::npos || text.front() == ' ' || text.front() == '\n' || text.front() == '\t') {
    return yaml_scalar(text) + '\n';
  }
  const std::size_t line_ends = text.size() - content - 1;
  std::string block = line_ends == 0 ? "|-\n" : line_ends == 1 ? "|\n" : "|+\n";
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t length = std::min(rest.find('\n'), rest.size());
    if (length > 0) block.append(indent, ' ').append(rest.substr(0, length));
    block.push_back('\n');
    rest.remove_prefix(std::min(length + 1, rest.size()));
  }
  return block;
}

}  // namespace cloudkit::inline v0::compute::steps

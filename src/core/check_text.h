#pragma once

#include "core/encode.h"

#include <cstddef>
#include <string>
#include <string_view>

/// What the checks of names are made of.
namespace cloudkit::inline v0::core {

constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z'); }
constexpr bool is_alphanumeric(char c) { return is_letter(c) || is_digit(c); }

/// 1 to `longest` characters that are letters, digits or among `others`.
inline bool is_made_of(std::string_view text, std::string_view others, std::size_t longest) {
  if (text.empty() || text.size() > longest) return false;
  for (const char c : text) {
    if (!is_alphanumeric(c) && others.find(c) == std::string_view::npos) return false;
  }
  return true;
}

/// As much of a caller's text as a message may show.
inline std::string in_quotes(std::string_view text) { return '"' + printable_excerpt(text, 80) + '"'; }

}  // namespace cloudkit::inline v0::core

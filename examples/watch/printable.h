// The same in each example that has it, so that each builds alone.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

/// For a terminal, which must not obey what somebody else has sent: without C0, DEL, C1, and what is not UTF-8.
inline std::string printable(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  std::string out;
  while (!text.empty()) {
    const unsigned first = byte(0);
    // https://www.rfc-editor.org/rfc/rfc3629#section-4
    std::size_t size = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
    for (std::size_t i = 1; i < size; ++i) {
      if ((byte(i) & 0xC0U) != 0x80) size = 0;
    }
    const bool control = size == 1 ? first < 0x20 || first == 0x7F : first == 0xC2 && byte(1) < 0xA0;
    if (size == 0 || control) {
      out += '?';
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return out;
}

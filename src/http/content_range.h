#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace cloudkit::inline v0::http {

/// The value of a Content-Range header. https://www.rfc-editor.org/rfc/rfc9110#section-14.4
struct ContentRange {
  struct Span {
    std::uint64_t first = 0;
    std::uint64_t last = 0;  ///< Inclusive, and not below `first`.
    std::uint64_t length() const noexcept { return last - first + 1; }
  };
  std::optional<Span> span = {};            ///< Nothing for "bytes */total", a refused range.
  std::optional<std::uint64_t> total = {};  ///< Nothing for "bytes first-last/*".
};

/// Strict: nothing for any other unit, for spaces, signs, and numbers that overflow or
/// contradict each other. Where a byte goes depends on it.
std::optional<ContentRange> parse_content_range(std::string_view value) noexcept;

}  // namespace cloudkit::inline v0::http

#pragma once

#include <cloudkit/object_types.h>
#include <cloudkit/result.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// How values are read from the command line, and shown.
namespace cloudkit::tool {

/// "2026-11-23T01:00:00Z"
std::string utc(TimePoint time);
/// "1234", or with `human` "1.2 KiB".
std::string size_text(std::uint64_t bytes, bool human);
/// "1 object", "2 objects".
std::string count(std::uint64_t number, std::string_view noun);

/// The bytes of the UTF-8 character that `text` begins with; 0 when it is none.
std::size_t utf8_size(std::string_view text) noexcept;
/// For terminals: control characters and what is not UTF-8 as \xNN, so that a name cannot move
/// the cursor, forge a line or change colours.
std::string printable(std::string_view text);
/// The same for a line of a log or of another program's output: a tab, which moves the cursor only forwards, is a
/// space.
std::string printable_line(std::string text);

std::optional<std::uint64_t> parse_number(std::string_view text) noexcept;
/// "90", "90s", "15m", "12h", "7d"; nothing above 100 years.
std::optional<std::chrono::seconds> parse_duration(std::string_view text) noexcept;
/// The same as the value of an option. Errors: `invalid_argument`, also for less than `least`.
Result<std::chrono::seconds> duration_of(const std::string& option, const std::string& text,
                                         std::chrono::seconds least = {});
inline constexpr std::chrono::seconds kShortestTimeout{1};
/// Bytes a second: "500000", "512K", "10M", "10MiB/s", "1G", by 1024. Nothing for 0.
std::optional<std::uint64_t> parse_rate(std::string_view text) noexcept;
/// As in HTTP, both ends included: "0-99", "100-", "-500" (the last 500 bytes).
std::optional<ByteRange> parse_range(std::string_view text) noexcept;

}  // namespace cloudkit::tool

#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Times without locale and time zone. Years 1 to 9999, clamped to 1678 to 2262, which is what a
/// `TimePoint` holds; anything else is "not a time".
namespace cloudkit::inline v0::core {

using TimePoint = std::chrono::system_clock::time_point;

/// What stat(2) says, clamped as above: file systems hold years that the clock does not.
TimePoint from_unix(std::int64_t seconds_since_epoch, std::int64_t nanoseconds) noexcept;

/// "Sun, 06 Nov 1994 08:49:37 GMT". https://www.rfc-editor.org/rfc/rfc7231#section-7.1.1.1
std::string format_http_date(TimePoint time);
/// That form and the two obsolete ones of the same section.
std::optional<TimePoint> parse_http_date(std::string_view text);

/// "2026-11-23T01:00:00Z", with milliseconds when there are any.
std::string format_rfc3339(TimePoint time);
/// Any fraction; `Z` or a numeric offset.
std::optional<TimePoint> parse_rfc3339(std::string_view text);

/// "20261123T010000Z", without a terminating NUL; the first eight are the date.
std::array<char, 16> format_amz_date(TimePoint time) noexcept;
std::optional<TimePoint> parse_amz_date(std::string_view text);

}  // namespace cloudkit::inline v0::core

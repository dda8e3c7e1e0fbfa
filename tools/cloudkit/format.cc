#include "format.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <iterator>

namespace cloudkit::tool {
namespace {

bool continues(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80; }

// C0, DEL, and C1, which terminals obey as well.
bool is_control(std::string_view character) noexcept {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first < 0x20 || first == 0x7F;
  return first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
}

}  // namespace

std::string utc(TimePoint time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(time));
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string size_text(std::uint64_t bytes, bool human) {
  if (!human || bytes < 1024) return fmt::to_string(bytes);
  constexpr std::string_view kUnits[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  // 1023.95 would be shown as 1024.0.
  for (; value >= 1023.95 && unit + 1 < std::size(kUnits); ++unit) value /= 1024;
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string count(std::uint64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

// https://www.rfc-editor.org/rfc/rfc3629#section-4
std::size_t utf8_size(std::string_view text) noexcept {
  if (text.empty()) return 0;
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return 1;
  const std::size_t size = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
  if (size == 0 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if (!continues(text[i])) return 0;
  }
  const auto second = static_cast<unsigned char>(text[1]);
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool surrogate = first == 0xED && second >= 0xA0;
  const bool too_large = first == 0xF4 && second >= 0x90;
  return overlong || surrogate || too_large ? 0 : size;
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t size = utf8_size(text);
    const std::string_view character = text.substr(0, size == 0 ? 1 : size);
    if (size == 0 || is_control(character)) {
      for (const char c : character) {
        fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
      }
    } else {
      out += character;
    }
    text.remove_prefix(character.size());
  }
  return out;
}

std::string printable_line(std::string text) {
  std::replace(text.begin(), text.end(), '\t', ' ');
  return printable(text);
}

std::optional<std::uint64_t> parse_number(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::chrono::seconds> parse_duration(std::string_view text) noexcept {
  std::uint64_t unit = 1;
  if (!text.empty() && (text.back() < '0' || text.back() > '9')) {
    switch (text.back()) {
      case 's': break;
      case 'm': unit = 60; break;
      case 'h': unit = 3600; break;
      case 'd': unit = 86400; break;
      default: return std::nullopt;
    }
    text.remove_suffix(1);
  }
  // More would not fit into a time by nanoseconds.
  constexpr std::uint64_t kLargest = 100 * 366 * std::uint64_t{86400};
  const auto number = parse_number(text);
  if (!number || *number > kLargest / unit) return std::nullopt;
  return std::chrono::seconds(*number * unit);
}

Result<std::chrono::seconds> duration_of(const std::string& option, const std::string& text,
                                         std::chrono::seconds least) {
  const auto duration = parse_duration(text);
  if (duration && *duration >= least) return *duration;
  const bool is_short = duration.has_value();
  return Error(ErrorCode::invalid_argument,
               option + ' ' + printable(text) + (is_short ? " is too short" : " is no time"),
               "write a number with s, m, h or d: 90s, 15m; at most 100 years");
}

std::optional<std::uint64_t> parse_rate(std::string_view text) noexcept {
  if (text.ends_with("/s")) text.remove_suffix(2);
  const bool is_spelt_out = text.ends_with("iB");
  if (is_spelt_out) text.remove_suffix(2);
  constexpr std::string_view kUnits = "KMG";
  const std::size_t unit = text.empty() ? kUnits.npos : kUnits.find(text.back());
  if (unit == kUnits.npos && is_spelt_out) return std::nullopt;
  if (unit != kUnits.npos) text.remove_suffix(1);
  const std::size_t shift = unit == kUnits.npos ? 0 : 10 * (unit + 1);
  const auto number = parse_number(text);
  if (!number || *number == 0 || *number > UINT64_MAX >> shift) return std::nullopt;
  return *number << shift;
}

std::optional<ByteRange> parse_range(std::string_view text) noexcept {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view first = text.substr(0, dash);
  const std::string_view last = text.substr(dash + 1);
  if (first.empty()) {
    const auto length = parse_number(last);
    return length ? std::optional(ByteRange::suffix(*length)) : std::nullopt;
  }
  const auto begin = parse_number(first);
  if (!begin || last.empty()) return begin ? std::optional(ByteRange::from(*begin)) : std::nullopt;
  const auto end = parse_number(last);
  if (!end || *end < *begin) return std::nullopt;
  // The last number there is would overflow, and lies beyond every object.
  const std::uint64_t length = *end - *begin;
  return ByteRange{*begin, length == UINT64_MAX ? ByteRange::to_end : length + 1, false};
}

}  // namespace cloudkit::tool

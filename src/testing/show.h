#pragma once

#include <cloudkit/object_types.h>
#include <cloudkit/result.h>

#include <concepts>
#include <string>
#include <string_view>
#include <vector>

/// Values as a person reads them in the text of a failed case.
namespace cloudkit::inline v0::testing {

/// Short text in quotes with escapes, long text as its size and beginning.
std::string show(std::string_view text);
std::string show(const std::vector<std::string>& list);
std::string show(const Metadata& metadata);
std::string show(const Error& error);
inline std::string show(const std::string& text) { return show(std::string_view(text)); }
inline std::string show(const char* text) { return show(std::string_view(text)); }
inline std::string show(bool value) { return value ? "true" : "false"; }
template <std::integral Number>
std::string show(Number number) {
  return std::to_string(number);
}

template <class Got, class Expected>
std::string show_mismatch(const Got& got, const Expected& expected) {
  return "expected " + show(expected) + ", got " + show(got);
}
/// For lists too long to be shown whole, also where they begin to differ.
std::string show_mismatch(const std::vector<std::string>& got, const std::vector<std::string>& expected);

/// How two byte strings differ: in length, and from which byte on.
std::string show_difference(std::string_view got, std::string_view expected);

}  // namespace cloudkit::inline v0::testing

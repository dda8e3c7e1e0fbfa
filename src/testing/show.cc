#include "testing/show.h"

#include <algorithm>
#include <cstdio>

namespace cloudkit::inline v0::testing {
namespace {

constexpr std::size_t kLongestText = 120;
constexpr std::size_t kLongestList = 12;

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c >= 0x20 && c < 0x7F) {
      out += c;
    } else {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\x%02X", static_cast<unsigned char>(c));
      out += escape;
    }
  }
}

}  // namespace

std::string show(std::string_view text) {
  std::string out = "\"";
  append_escaped(out, text.substr(0, kLongestText));
  out += '"';
  if (text.size() > kLongestText) out += "… (" + std::to_string(text.size()) + " bytes)";
  return out;
}

std::string show(const std::vector<std::string>& list) {
  std::string out = "[";
  for (std::size_t i = 0; i < std::min(list.size(), kLongestList); ++i) {
    if (i != 0) out += ", ";
    out += show(list[i]);
  }
  if (list.size() > kLongestList) out += ", …";
  return out + "] (" + std::to_string(list.size()) + ")";
}

std::string show(const Metadata& metadata) {
  std::string out = "{";
  for (const auto& [name, value] : metadata) {
    if (out.size() > 1) out += ", ";
    out += name + ": " + show(value);
  }
  return out + "}";
}

std::string show(const Error& error) { return std::string(to_string(error.code)) + " (" + error.to_string() + ")"; }

std::string show_mismatch(const std::vector<std::string>& got, const std::vector<std::string>& expected) {
  std::string out = "expected " + show(expected) + ", got " + show(got);
  const auto at = static_cast<std::size_t>(
      std::mismatch(got.begin(), got.end(), expected.begin(), expected.end()).first - got.begin());
  if (at < kLongestList) return out;
  const auto entry = [at](const std::vector<std::string>& list) {
    return at < list.size() ? show(list[at]) : "the end";
  };
  return out + "; they differ from entry " + std::to_string(at) + " on: expected " + entry(expected) + ", got " +
         entry(got);
}

std::string show_difference(std::string_view got, std::string_view expected) {
  const auto same = static_cast<std::size_t>(
      std::mismatch(got.begin(), got.end(), expected.begin(), expected.end()).first - got.begin());
  std::string out = "expected " + std::to_string(expected.size()) + " bytes, got " + std::to_string(got.size());
  if (same < std::min(got.size(), expected.size())) {
    out += ", which differ from byte " + std::to_string(same) + " on: expected " + show(expected.substr(same, 16)) +
           ", got " + show(got.substr(same, 16));
  }
  return out;
}

}  // namespace cloudkit::inline v0::testing

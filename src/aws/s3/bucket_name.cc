#include "aws/s3/bucket_name.h"

#include "aws/s3/access_point.h"
#include "core/check_text.h"
#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

namespace cloudkit::inline v0::aws::s3 {
namespace {

constexpr std::size_t kMinLength = 3;
constexpr std::size_t kMaxLength = 63;
constexpr std::array<std::string_view, 3> kReservedPrefixes = {"xn--", "sthree-", "amzn-s3-demo-"};
constexpr std::string_view kAlias = "-s3alias";
// Beside aliases Object Lambda, multi-region access points, directory buckets and their access points, tables: other
// APIs, which would misunderstand us.
constexpr std::array<std::string_view, 6> kReservedSuffixes = {kAlias,   "--ol-s3",    ".mrap",
                                                               "--x-s3", "--table-s3", "--xa-s3"};

using core::is_digit;

bool is_letter_or_digit(char c) noexcept { return is_digit(c) || core::is_lower(c); }
bool is_allowed(char c) noexcept { return is_letter_or_digit(c) || c == '-' || c == '.' || c == '_'; }

bool looks_like_ipv4(std::string_view name) noexcept {
  return std::count(name.begin(), name.end(), '.') == 3 &&
         std::all_of(name.begin(), name.end(), [](char c) { return is_digit(c) || c == '.'; });
}

// The rule that the name breaks, or "".
std::string broken_rule(std::string_view name) {
  if (name.empty()) return "is empty";
  if (std::any_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) {
    return "has upper-case letters";
  }
  if (!std::all_of(name.begin(), name.end(), is_allowed)) return "has other characters than a-z, 0-9, '-', '.', '_'";
  if (name.size() < kMinLength) return fmt::format("is shorter than {} characters", kMinLength);
  if (name.size() > kMaxLength) return fmt::format("is longer than {} characters", kMaxLength);
  if (!is_letter_or_digit(name.front()) || !is_letter_or_digit(name.back())) {
    return "does not begin and end with a letter or digit";
  }
  if (name.find("..") != std::string_view::npos) return "has two dots in a row";
  if (looks_like_ipv4(name)) return "looks like an IP address";
  for (const std::string_view prefix : kReservedPrefixes) {
    if (name.starts_with(prefix)) return fmt::format("begins with the reserved \"{}\"", prefix);
  }
  return {};
}

// The one that the name ends with, or "".
std::string_view reserved_suffix(std::string_view name) noexcept {
  const auto ends = [&](std::string_view suffix) { return name.ends_with(suffix); };
  const auto* const found = std::find_if(kReservedSuffixes.begin(), kReservedSuffixes.end(), ends);
  return found == kReservedSuffixes.end() ? std::string_view() : *found;
}

// PREFIX-METADATA-s3alias: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-alias.html
bool is_alias(std::string_view name) noexcept {
  return name.ends_with(kAlias) && name.substr(0, name.size() - kAlias.size()).find('-') != std::string_view::npos;
}

Error breaks_rule(std::string_view name, std::string_view rule) {
  return core::invalid_argument(fmt::format("the bucket name \"{}\" {}", core::printable_excerpt(name, 80), rule),
                                "a bucket name is 3 to 63 characters: a-z, 0-9, '-' and '.'");
}

}  // namespace

Status check_bucket_name(std::string_view name) {
  if (is_arn(name)) return parse_access_point(name).map([](const AccessPoint&) {});
  if (const std::string rule = broken_rule(name); !rule.empty()) return breaks_rule(name, rule);
  const std::string_view suffix = reserved_suffix(name);
  if (suffix.empty() || is_alias(name)) return {};
  if (suffix == kAlias) return breaks_rule(name, "ends as the alias of an access point, and is none");
  return core::unsupported(fmt::format("\"{}\" is no general purpose bucket: it ends with \"{}\"",
                                       core::printable_excerpt(name, 80), suffix),
                           "cloudkit takes general purpose buckets and their access points");
}

Status check_own_bucket_name(std::string_view name) {
  if (is_arn(name)) {
    return core::unsupported("an access point is no bucket that is created or deleted", "name the bucket");
  }
  if (const std::string rule = broken_rule(name); !rule.empty()) return breaks_rule(name, rule);
  const std::string_view suffix = reserved_suffix(name);
  return suffix.empty() ? Status() : breaks_rule(name, fmt::format("ends with the reserved \"{}\"", suffix));
}

bool fits_host(std::string_view name) noexcept {
  if (name.size() < kMinLength || name.size() > kMaxLength || looks_like_ipv4(name)) return false;
  if (!std::all_of(name.begin(), name.end(), [](char c) { return is_letter_or_digit(c) || c == '-' || c == '.'; })) {
    return false;
  }
  // Every label, not only the whole name, has to begin and end with a letter or digit.
  const auto has = [&](std::string_view text) { return name.find(text) != std::string_view::npos; };
  return is_letter_or_digit(name.front()) && is_letter_or_digit(name.back()) && !has("..") && !has(".-") && !has("-.");
}

}  // namespace cloudkit::inline v0::aws::s3

#include "conformance/live/settings.h"

#include "aws/s3/open.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/time.h"

#include <cloudkit/open.h>
#include <cloudkit/testing/conformance.h>

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <random>

namespace live {
namespace {

using cloudkit::Error;
using cloudkit::Result;
using cloudkit::Status;
using cloudkit::core::invalid_argument;

constexpr std::string_view kRun = "ck-live-";
constexpr std::size_t kTime = 16;  // "20261125T181200Z"
constexpr std::size_t kLuck = 8;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Result<long> positive(const char* name, std::string_view text) {
  const auto value = cloudkit::core::parse_u64(text);
  if (value && *value > 0 && *value <= std::numeric_limits<int>::max()) return static_cast<long>(*value);
  return invalid_argument(fmt::format("{} is not a number above 0", name));
}

Status read_url(Settings& settings) {
  const std::string text = variable("CLOUDKIT_LIVE_S3");
  if (text.empty()) {
    return invalid_argument("CLOUDKIT_LIVE_S3 is not set",
                            "set it to s3://BUCKET/PREFIX?region=REGION: a bucket that exists, and a prefix of its own "
                            "where objects may be made and removed");
  }
  const auto url = cloudkit::Url::parse(text);
  if (!url) return url.error();
  if (url->scheme != "s3" || url->host.empty()) {
    return invalid_argument("CLOUDKIT_LIVE_S3 is not s3://BUCKET/PREFIX", "other clouds have no live runs yet");
  }
  settings.bucket = url->host;
  std::string_view prefix = url->path;
  while (prefix.starts_with('/')) prefix.remove_prefix(1);
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  if (prefix.empty()) {
    return invalid_argument(
        "CLOUDKIT_LIVE_S3 has no prefix: a live run keeps to one of its own, and never takes a whole bucket",
        fmt::format("write s3://{}/PREFIX", url->host));
  }
  settings.prefix = prefix;
  auto options = cloudkit::aws::s3::options_of(*url);
  if (!options) return std::move(options).error();
  if (options->anonymous) return invalid_argument("CLOUDKIT_LIVE_S3 is anonymous, but a live run makes objects");
  settings.options = *std::move(options);
  return {};
}

Status read_skipped(Settings& settings) {
  const std::string list = variable("CLOUDKIT_LIVE_SKIP");
  const auto known = cloudkit::testing::object_store_cases();
  for (std::size_t begin = 0; begin < list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    const std::string name = list.substr(begin, end - begin);
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return invalid_argument(fmt::format("CLOUDKIT_LIVE_SKIP names \"{}\", which is no case", name));
    }
    settings.skipped_cases.push_back(name);
    begin = end + 1;
  }
  return {};
}

Status read_arguments(Settings& settings, const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--sweep") {
      settings.sweep = true;
    } else if (arguments[i] == "--older-than" && i + 1 < arguments.size()) {
      const auto hours = cloudkit::core::parse_u64(arguments[++i]);
      if (!hours || *hours > 24 * 365) return invalid_argument("--older-than takes a number of hours");
      settings.older_than = std::chrono::hours(*hours);
    } else {
      return invalid_argument("usage: conformance_live [--sweep [--older-than HOURS]]");
    }
  }
  return {};
}

}  // namespace

Result<Settings> read_settings(const std::vector<std::string>& arguments) {
  Settings settings;
  if (auto status = read_arguments(settings, arguments); !status) return std::move(status).error();
  if (auto status = read_url(settings); !status) return std::move(status).error();
  if (auto status = read_skipped(settings); !status) return std::move(status).error();
  if (const std::string text = variable("CLOUDKIT_LIVE_MAX_REQUESTS"); !text.empty()) {
    const auto number = positive("CLOUDKIT_LIVE_MAX_REQUESTS", text);
    if (!number) return number.error();
    settings.max_requests = *number;
  }
  settings.with_buckets = variable("CLOUDKIT_LIVE_BUCKETS") == "1";
  settings.full_size = variable("CLOUDKIT_LIVE_FULL") == "1";
  return settings;
}

std::string new_run_name() {
  const auto time = cloudkit::core::format_amz_date(std::chrono::system_clock::now());
  std::random_device luck;
  return fmt::format("{}{}-{:08x}", kRun, cloudkit::core::to_lower({time.data(), time.size()}), luck());
}

std::optional<std::chrono::system_clock::time_point> time_of_run(std::string_view name) {
  if (!name.starts_with(kRun)) return std::nullopt;
  name.remove_prefix(kRun.size());
  if (name.size() != kTime + 1 + kLuck || name[kTime] != '-') return std::nullopt;
  if (name.find_first_not_of("0123456789abcdef", kTime + 1) != std::string_view::npos) return std::nullopt;
  std::string time(name.substr(0, kTime));
  for (const std::size_t letter : {8UL, 15UL}) time[letter] = static_cast<char>(time[letter] - 'a' + 'A');
  return cloudkit::core::parse_amz_date(time);
}

}  // namespace live

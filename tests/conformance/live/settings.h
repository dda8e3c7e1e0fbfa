#pragma once

#include <cloudkit/aws.h>
#include <cloudkit/result.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace live {

/// What the environment and the arguments say.
struct Settings {
  std::string bucket = {};
  std::string prefix = {};  ///< Without slashes at its ends; never empty.
  cloudkit::aws::S3Options options = {};
  long max_requests = 5000;
  std::vector<std::string> skipped_cases = {};
  bool with_buckets = false;  ///< Also the cases that make and delete buckets.
  bool full_size = false;
  bool sweep = false;
  std::chrono::hours older_than{24};
};

/// Errors: `invalid_argument` for anything that might touch what is not ours, and for words that
/// are not understood.
cloudkit::Result<Settings> read_settings(const std::vector<std::string>& arguments);

/// The name of a run, which tells its age: "ck-live-20261125t181200z-1a2b3c4d". Fits a bucket's.
std::string new_run_name();
/// When the run began that made this name; nothing for any other name.
std::optional<std::chrono::system_clock::time_point> time_of_run(std::string_view name);

}  // namespace live

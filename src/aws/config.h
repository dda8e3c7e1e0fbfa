#pragma once

#include "auth/environment.h"

#include <cloudkit/result.h>

#include <optional>
#include <string>
#include <string_view>

/// What the AWS CLI reads: environment and profile files.
/// https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html
namespace cloudkit::inline v0::aws {

using auth::Environment;

/// Each value with where it came from, for messages. Empty: not configured.
struct Setting {
  std::string value = {};
  std::string source = {};
};

struct Switch {
  std::optional<bool> value = {};
  std::string source = {};

  bool is_on() const noexcept { return value.value_or(false); }
  std::string_view source_if_on() const noexcept { return is_on() ? std::string_view(source) : std::string_view(); }
};

struct Config {
  Setting profile = {};
  Setting region = {};
  Setting s3_endpoint = {};   ///< AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, `services` section, `endpoint_url`.
  Setting sts_endpoint = {};  ///< The same for STS.
  Switch s3_fips = {};
  Switch s3_dual_stack = {};
  Switch s3_accelerate = {};
  Setting s3_addressing_style = {};  ///< "auto", "path" or "virtual".
  Setting s3_us_east_1 = {};         ///< "legacy" is s3.amazonaws.com, "regional" the region's own host.
};

/// `profile` empty: AWS_PROFILE, else AWS_DEFAULT_PROFILE, else "default". Errors: `invalid_argument` when a profile
/// that was asked for does not exist, naming the files, for a switch that is neither true nor false, for another word
/// than those known; `io`; a file that cannot be parsed, with its line; `permission_denied` for a credentials file that
/// everybody may write to.
Result<Config> load_config(std::string_view profile, const Environment& environment = Environment::process());

}  // namespace cloudkit::inline v0::aws

#include "aws/config.h"

#include "aws/configured_endpoint.h"
#include "aws/profile_files.h"
#include "aws/settings.h"

#include <utility>

namespace cloudkit::inline v0::aws {
namespace {

// https://docs.aws.amazon.com/cli/latest/topic/s3-config.html
// https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
Status read_s3(Config& config, const Environment& environment, const ChosenProfile& profile) {
  const auto find = [&](std::initializer_list<Place> places) { return find_setting(environment, profile, places); };
  auto fips = fips_setting(environment, profile);
  if (!fips) return std::move(fips).error();
  auto dual_stack = to_switch(find({in_variable("AWS_USE_DUALSTACK_ENDPOINT"),
                                    in_profile("use_dualstack_endpoint", "s3"), in_profile("use_dualstack_endpoint")}));
  if (!dual_stack) return std::move(dual_stack).error();
  auto accelerate = to_switch(find({in_profile("use_accelerate_endpoint", "s3")}));
  if (!accelerate) return std::move(accelerate).error();
  config.s3_fips = *std::move(fips);
  config.s3_dual_stack = *std::move(dual_stack);
  config.s3_accelerate = *std::move(accelerate);
  config.s3_addressing_style = find({in_profile("addressing_style", "s3")});
  if (auto known = check_word(config.s3_addressing_style, {"auto", "path", "virtual"}); !known) return known;
  config.s3_us_east_1 =
      find({in_variable("AWS_S3_US_EAST_1_REGIONAL_ENDPOINT"), in_profile("us_east_1_regional_endpoint", "s3"),
            in_profile("s3_us_east_1_regional_endpoint")});
  return check_word(config.s3_us_east_1, {"legacy", "regional"});
}

}  // namespace

Result<Config> load_config(std::string_view profile, const Environment& environment) {
  const auto files = load_profile_files(environment);
  if (!files) return files.error();
  const auto chosen = choose_profile(profile, environment, *files);
  if (!chosen) return chosen.error();
  auto endpoint = configured_endpoint("s3", environment, *chosen, *files);
  if (!endpoint) return std::move(endpoint).error();
  auto sts_endpoint = configured_endpoint("sts", environment, *chosen, *files);
  if (!sts_endpoint) return std::move(sts_endpoint).error();
  Config config;
  config.profile = {chosen->name, chosen->chosen_by};
  config.region = region_setting(environment, *chosen);
  config.s3_endpoint = *std::move(endpoint);
  config.sts_endpoint = *std::move(sts_endpoint);
  if (auto read = read_s3(config, environment, *chosen); !read) return std::move(read).error();
  return config;
}

}  // namespace cloudkit::inline v0::aws

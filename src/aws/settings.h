#pragma once

#include "aws/profile_files.h"

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

/// Single values of the configuration, each with where it came from.
namespace cloudkit::inline v0::aws {

/// Where a value may stand: in a variable, or in the profile.
struct Place {
  const char* variable = nullptr;
  std::string_view property = {};
  std::string_view group = {};  ///< "s3" for a property as in "s3 =\n  addressing_style = path".
};
constexpr Place in_variable(const char* name) { return {name}; }
constexpr Place in_profile(std::string_view property, std::string_view group = {}) {
  return {nullptr, property, group};
}

/// The value of the first place that has one.
Setting find_setting(const Environment& environment, const ChosenProfile& profile, std::initializer_list<Place> places);

/// The error, with where the values stand that led to it. Those of the program itself have no source.
Error configured_in(Error error, std::initializer_list<std::string_view> sources);

/// Errors: `invalid_argument`, listing what is known, for another word than those.
Status check_word(const Setting& setting, std::initializer_list<std::string_view> known);

/// Errors: `invalid_argument` for anything but true and false: a FIPS endpoint that was asked for with "yes" must not
/// silently be another one.
Result<Switch> to_switch(const Setting& setting);

/// AWS_REGION, AWS_DEFAULT_REGION, then the profile's.
Setting region_setting(const Environment& environment, const ChosenProfile& profile);

/// AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT, then the profile's. Errors: as `to_switch`.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoints.html
Result<Switch> fips_setting(const Environment& environment, const ChosenProfile& profile);
Result<Switch> dual_stack_setting(const Environment& environment, const ChosenProfile& profile);

}  // namespace cloudkit::inline v0::aws

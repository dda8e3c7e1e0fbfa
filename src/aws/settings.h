#pragma once

#include "aws/profile_files.h"

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

/// Single values of the configuration, each with where it came from.
namespace cloudkit::inline v0::aws {

Setting from_variable(const Environment& environment, const char* name);
Setting from_profile(const ChosenProfile& profile, std::string_view property);
/// `property` below `group`, as in "s3 =\n  addressing_style = path".
Setting from_profile(const ChosenProfile& profile, std::string_view group, std::string_view property);

/// The first that has a value.
Setting first_of(std::initializer_list<Setting> settings);

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

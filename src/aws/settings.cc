#include "aws/settings.h"

#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cloudkit::inline v0::aws {
namespace {

Setting in_profile(const ChosenProfile& profile, std::string value) {
  return value.empty() ? Setting{} : Setting{std::move(value), fmt::format("profile \"{}\"", profile.name)};
}

}  // namespace

Setting from_variable(const Environment& environment, const char* name) {
  std::string value = variable(environment, name);
  return value.empty() ? Setting{} : Setting{std::move(value), name};
}

Setting from_profile(const ChosenProfile& profile, std::string_view property) {
  return in_profile(profile, profile.get(property));
}

Setting from_profile(const ChosenProfile& profile, std::string_view group, std::string_view property) {
  return in_profile(profile, nested_property(profile.get(group), property).value_or(""));
}

Setting first_of(std::initializer_list<Setting> settings) {
  for (const Setting& setting : settings) {
    if (!setting.value.empty()) return setting;
  }
  return {};
}

Error configured_in(Error error, std::initializer_list<std::string_view> sources) {
  std::string places;
  for (const std::string_view source : sources) {
    if (!source.empty()) places += fmt::format("{}{}", places.empty() ? "" : ", ", source);
  }
  if (!places.empty()) error.message += fmt::format(" (configured in {})", places);
  return error;
}

Status check_word(const Setting& setting, std::initializer_list<std::string_view> known) {
  if (setting.value.empty() || std::find(known.begin(), known.end(), setting.value) != known.end()) return {};
  return core::invalid_argument(
      fmt::format("\"{}\", configured in {}, is not known", core::printable_excerpt(setting.value, 80), setting.source),
      fmt::format("it is one of {}", fmt::join(known, ", ")));
}

Result<Switch> to_switch(const Setting& setting) {
  if (setting.value.empty()) return Switch{};
  const bool on = core::equals_ignoring_case(setting.value, "true");
  if (on || core::equals_ignoring_case(setting.value, "false")) return Switch{on, setting.source};
  return core::invalid_argument(fmt::format("\"{}\", configured in {}, is neither true nor false",
                                            core::printable_excerpt(setting.value, 80), setting.source));
}

Setting region_setting(const Environment& environment, const ChosenProfile& profile) {
  return first_of({from_variable(environment, "AWS_REGION"), from_variable(environment, "AWS_DEFAULT_REGION"),
                   from_profile(profile, "region")});
}

Result<Switch> fips_setting(const Environment& environment, const ChosenProfile& profile) {
  return to_switch(
      first_of({from_variable(environment, "AWS_USE_FIPS_ENDPOINT"), from_profile(profile, "use_fips_endpoint")}));
}

Result<Switch> dual_stack_setting(const Environment& environment, const ChosenProfile& profile) {
  return to_switch(first_of(
      {from_variable(environment, "AWS_USE_DUALSTACK_ENDPOINT"), from_profile(profile, "use_dualstack_endpoint")}));
}

}  // namespace cloudkit::inline v0::aws

#include "aws/settings.h"

#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cloudkit::inline v0::aws {
namespace {

std::string value_at(const Environment& environment, const ChosenProfile& profile, const Place& place) {
  if (place.variable != nullptr) return variable(environment, place.variable);
  if (place.group.empty()) return profile.get(place.property);
  return nested_property(profile.get(place.group), place.property).value_or("");
}

}  // namespace

Setting find_setting(const Environment& environment, const ChosenProfile& profile,
                     std::initializer_list<Place> places) {
  for (const Place& place : places) {
    std::string value = value_at(environment, profile, place);
    if (value.empty()) continue;
    return {std::move(value),
            place.variable != nullptr ? std::string(place.variable) : fmt::format("profile \"{}\"", profile.name)};
  }
  return {};
}

Error configured_in(Error error, std::initializer_list<std::string_view> sources) {
  std::string places;
  for (const std::string_view source : sources) {
    if (!source.empty()) core::append_listed(places, source);
  }
  if (!places.empty()) error.message += fmt::format(" (configured in {})", places);
  return error;
}

Status check_word(const Setting& setting, std::initializer_list<std::string_view> known) {
  if (setting.value.empty() || std::find(known.begin(), known.end(), setting.value) != known.end()) return {};
  std::string words;
  for (const std::string_view word : known) core::append_listed(words, word);
  return core::invalid_argument(
      fmt::format("\"{}\", configured in {}, is not known", core::printable_excerpt(setting.value, 80), setting.source),
      fmt::format("it is one of {}", words));
}

Result<Switch> to_switch(const Setting& setting) {
  if (setting.value.empty()) return Switch{};
  const bool on = core::equals_ignoring_case(setting.value, "true");
  if (on || core::equals_ignoring_case(setting.value, "false")) return Switch{on, setting.source};
  return core::invalid_argument(fmt::format("\"{}\", configured in {}, is neither true nor false",
                                            core::printable_excerpt(setting.value, 80), setting.source));
}

Setting region_setting(const Environment& environment, const ChosenProfile& profile) {
  return find_setting(environment, profile,
                      {in_variable("AWS_REGION"), in_variable("AWS_DEFAULT_REGION"), in_profile("region")});
}

Result<Switch> fips_setting(const Environment& environment, const ChosenProfile& profile) {
  return to_switch(
      find_setting(environment, profile, {in_variable("AWS_USE_FIPS_ENDPOINT"), in_profile("use_fips_endpoint")}));
}

Result<Switch> dual_stack_setting(const Environment& environment, const ChosenProfile& profile) {
  return to_switch(find_setting(environment, profile,
                                {in_variable("AWS_USE_DUALSTACK_ENDPOINT"), in_profile("use_dualstack_endpoint")}));
}

}  // namespace cloudkit::inline v0::aws

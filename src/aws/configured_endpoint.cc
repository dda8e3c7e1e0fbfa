#include "aws/configured_endpoint.h"

#include "aws/settings.h"
#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::aws {
namespace {

// "sso-oidc" and "SSO OIDC" are "sso_oidc" in files.
std::string name_in_files(std::string_view service) {
  std::string name = core::to_lower(service);
  std::replace_if(name.begin(), name.end(), [](char c) { return c == '-' || c == ' '; }, '_');
  return name;
}

std::string variable_name(const std::string& name_in_files) {
  std::string name = "AWS_ENDPOINT_URL_" + name_in_files;
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c; });
  return name;
}

Result<Setting> from_services_section(const std::string& service, const ChosenProfile& profile,
                                      const ProfileFiles& files) {
  const std::string name = profile.get("services");
  if (name.empty()) return Setting{};
  const auto section = files.set.services.find(name);
  if (section == files.set.services.end()) {
    return core::invalid_argument(fmt::format("profile \"{}\" names the services section \"{}\", which is not in {}",
                                              profile.name, name, files.config_path));
  }
  const auto found = section->second.find(service);
  if (found == section->second.end()) return Setting{};
  auto url = nested_property(found->second, "endpoint_url");
  if (!url || url->empty()) return Setting{};
  return Setting{*std::move(url), fmt::format("services section \"{}\"", name)};
}

}  // namespace

Result<Setting> configured_endpoint(std::string_view service, const Environment& environment,
                                    const ChosenProfile& profile, const ProfileFiles& files) {
  const auto ignored = to_switch(find_setting(
      environment, profile,
      {in_variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), in_profile("ignore_configured_endpoint_urls")}));
  if (!ignored) return ignored.error();
  if (ignored->is_on()) return Setting{};
  const std::string name = name_in_files(service);
  const std::string own_variable = variable_name(name);
  Setting in_environment =
      find_setting(environment, profile, {in_variable(own_variable.c_str()), in_variable("AWS_ENDPOINT_URL")});
  if (!in_environment.value.empty()) return in_environment;
  auto in_section = from_services_section(name, profile, files);
  if (!in_section || !in_section->value.empty()) return in_section;
  return find_setting(environment, profile, {in_profile("endpoint_url")});
}

Result<ServiceEndpoint> find_service(const Service& service, std::string_view region, const Environment& environment,
                                     const ChosenProfile& profile, const ProfileFiles& files,
                                     const EndpointChoice& choice) {
  auto custom = configured_endpoint(service.id, environment, profile, files);
  if (!custom) return custom.error();
  auto fips = fips_setting(environment, profile);
  if (!fips) return fips.error();
  auto dual_stack = dual_stack_setting(environment, profile);
  if (!dual_stack) return dual_stack.error();
  // What the program says has no source.
  if (!choice.endpoint.empty()) *custom = {std::string(choice.endpoint), {}};
  if (choice.fips) *fips = {choice.fips, {}};
  if (choice.dual_stack) *dual_stack = {choice.dual_stack, {}};
  const Setting sts = find_setting(environment, profile,
                                   {in_variable("AWS_STS_REGIONAL_ENDPOINTS"), in_profile("sts_regional_endpoints")});
  if (auto known = check_word(sts, {"legacy", "regional"}); !known) return std::move(known).error();

  ServiceQuery query{service.prefix, region};
  query.variant = {fips->is_on(), dual_stack->is_on()};
  query.custom = custom->value;
  query.allow_http = true;
  query.global = service.global;
  query.legacy_global = sts.value == "legacy";
  auto found = resolve_service(query);
  if (!found)
    return configured_in(std::move(found).error(), {custom->source, fips->source_if_on(), dual_stack->source_if_on()});
  return found;
}

}  // namespace cloudkit::inline v0::aws

#pragma once

#include "aws/profile_files.h"
#include "aws/service_endpoint.h"

#include <optional>
#include <string_view>

namespace cloudkit::inline v0::aws {

/// The endpoint that is configured for the service "s3", "sso-oidc" …: AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL,
/// the profile's `services` section, its `endpoint_url`; nothing where `ignore_configured_endpoint_urls` is set.
/// Errors: `invalid_argument` for a section that does not exist.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
Result<Setting> configured_endpoint(std::string_view service, const Environment& environment,
                                    const ChosenProfile& profile, const ProfileFiles& files);

/// A service of AWS: how configuration calls it, and how its host begins.
struct Service {
  std::string_view id;
  std::string_view prefix;
  bool global = false;  ///< See `ServiceQuery::global`.
};
inline constexpr Service kSts{"sts", "sts"};
inline constexpr Service kSso{"sso", "portal.sso"};
inline constexpr Service kSsoOidc{"sso-oidc", "oidc"};

/// What the program says goes before what is configured.
struct EndpointChoice {
  std::string_view endpoint = {};
  std::optional<bool> fips = {};
  std::optional<bool> dual_stack = {};
};

/// Where a service is, by all that is chosen and configured. Plain http is left to the transport to refuse. Errors:
/// also those of `resolve_service`, with where the mistake is.
Result<ServiceEndpoint> find_service(const Service& service, std::string_view region, const Environment& environment,
                                     const ChosenProfile& profile, const ProfileFiles& files,
                                     const EndpointChoice& choice = {});

}  // namespace cloudkit::inline v0::aws

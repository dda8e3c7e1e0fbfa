#pragma once

#include "aws/profile_files.h"

#include <cloudkit/driver/http.h>

#include <string>
#include <string_view>

namespace cloudkit::inline v0::aws {

/// How configuration and host names call a service.
struct ServiceName {
  std::string_view id;           ///< In `services` sections; in capitals after AWS_ENDPOINT_URL_.
  std::string_view host_prefix;  ///< "portal.sso" of "portal.sso.us-east-1.amazonaws.com".
};

inline constexpr ServiceName kSts{"sts", "sts"};
inline constexpr ServiceName kSso{"sso", "portal.sso"};
inline constexpr ServiceName kSsoOidc{"sso_oidc", "oidc"};

/// Where a service is, and for which region its requests are signed.
struct ServiceAddress {
  std::string scheme = "https";
  std::string host = {};
  std::string base_path = {};
  std::string region = {};
};

/// A configured endpoint, or AWS's own in `region`, FIPS and dual-stack as configured. Plain http is
/// the transport's to refuse. Errors: `invalid_argument`, `unsupported`.
Result<ServiceAddress> service_address(const ServiceName& service, std::string_view region,
                                       const ChosenProfile& profile, const ProfileFiles& files,
                                       const Environment& environment);

/// A request to it; `path` begins with "/".
http::Request request_to(const ServiceAddress& address, http::Method method, std::string_view path);

}  // namespace cloudkit::inline v0::aws

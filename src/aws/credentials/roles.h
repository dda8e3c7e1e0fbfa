#pragma once

#include "aws/credentials/plan.h"
#include "aws/credentials/service_caller.h"

#include <cloudkit/aws.h>

#include <string_view>

/// Roles that STS gives credentials of. `region` empty: the configured one, else the main one of the
/// role's partition.
namespace cloudkit::inline v0::aws {

/// Errors: as STS says, and those of `base`.
Result<Credentials> fetch_role(const RoleToAssume& role, std::shared_ptr<CredentialSource> base,
                               std::string_view region, const ServiceCaller& caller, const Context& context);

/// Errors: `unauthenticated` for a token file that is missing, empty or holds no token; as STS says.
Result<Credentials> fetch_web_identity(const WebIdentityRole& identity, std::string_view region,
                                       const ServiceCaller& caller, const Context& context);

Result<CallerIdentity> fetch_caller_identity(std::shared_ptr<CredentialSource> credentials, std::string_view region,
                                             const ServiceCaller& caller, const Context& context);

}  // namespace cloudkit::inline v0::aws

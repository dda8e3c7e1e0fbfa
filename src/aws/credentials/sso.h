#pragma once

#include "aws/credentials/plan.h"
#include "aws/credentials/service_caller.h"

#include <string_view>

namespace cloudkit::inline v0::aws {

/// The credentials of a role that the login of `profile` is allowed, with the token that `aws sso login`
/// left; one that ends soon is renewed and written back. Errors: `unauthenticated` for no login or one
/// that has ended, with the command that makes a new one; as the service says.
Result<Credentials> fetch_sso_role(std::string_view profile, const SsoLogin& login, const ServiceCaller& caller,
                                   const Context& context);

}  // namespace cloudkit::inline v0::aws

#pragma once

#include "aws/credentials/surroundings.h"

#include <cloudkit/aws.h>

#include <memory>

/// What aws.h offers, with surroundings of the caller's.
namespace cloudkit::inline v0::aws {

std::shared_ptr<CredentialSource> make_assume_role(AssumeRoleOptions options, Surroundings surroundings);
std::shared_ptr<CredentialSource> make_web_identity(WebIdentityOptions options, Surroundings surroundings);
Result<CallerIdentity> ask_caller_identity(const CallerIdentityOptions& options, const Surroundings& surroundings);

/// This process's environment, and the network. Does no I/O.
Surroundings default_surroundings(http::TransportOptions transport);

}  // namespace cloudkit::inline v0::aws

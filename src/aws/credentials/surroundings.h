#pragma once

#include "auth/surroundings.h"
#include "aws/credentials/lookup.h"
#include "aws/profile_files.h"

#include <cloudkit/context.h>

#include <string>
#include <string_view>

namespace cloudkit::inline v0::aws {

struct Surroundings : auth::Surroundings {
  std::string region = {};  ///< Of the services that are asked, where none is configured.
};

/// The keys that a program prints: `credential_process` of a profile, whose name is for messages.
/// No shell sees the command. Errors: `unauthenticated` for a program that cannot be run, fails
/// or prints something else; `timeout`, `cancelled`; `unsupported` where cloudkit was built without.
Result<Lookup> look_in_process(const std::string& command, std::string_view profile, const Surroundings& surroundings,
                               const Context& context);

/// The endpoint that ECS and EKS name by variables. `transport`: see `make_metadata_transport`.
/// Errors: `invalid_argument` for a URL that tokens must not be sent to; `unauthenticated` for a
/// reply without valid keys; those of http::Client.
Result<Lookup> look_in_container(const Surroundings& surroundings, const Context& context);

/// The metadata service of an EC2 instance, version 2 only. No machine of EC2 is a reason, not an
/// error. `transport`: see `make_metadata_transport`. Errors: as `look_in_container`.
Result<Lookup> look_in_instance_metadata(const ChosenProfile& profile, const Surroundings& surroundings,
                                         const Context& context);

}  // namespace cloudkit::inline v0::aws

#pragma once

#include "aws/config.h"
#include "aws/profile_files.h"

#include <cloudkit/driver/http.h>

#include <optional>

/// Which URLs are asked for keys, as variables and profile say; no I/O.
namespace cloudkit::inline v0::aws {

/// Nothing where no variable names one. Plain http is taken only to this machine and to the fixed
/// addresses of ECS and EKS, which are addresses and not names, so that no name server can move
/// them. Errors: `invalid_argument`.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
Result<std::optional<http::Request>> container_endpoint(const Environment& environment);

/// The metadata service of an EC2 instance; the path is a base without a `/` at its end. Who may
/// set the variable or the profile is trusted with the host. Errors: `invalid_argument`.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html
Result<http::Request> instance_metadata_endpoint(const ChosenProfile& profile, const Environment& environment);

}  // namespace cloudkit::inline v0::aws

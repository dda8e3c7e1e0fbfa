#pragma once

#include "core/time.h"

#include <cloudkit/credentials.h>

#include <string_view>

/// Keys as programs and metadata services hand them out, read without any I/O.
namespace cloudkit::inline v0::aws {

/// What a `credential_process` prints.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
/// Errors: `unauthenticated`, with what is wrong but not with whose answer it is, which the caller
/// knows. No value is shown: it may be a secret.
Result<Credentials> read_process_credentials(std::string_view json, core::TimePoint now);

/// What the endpoints of containers and of instances reply. Such keys always have a token and an
/// end. Errors: as above.
/// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html
Result<Credentials> read_metadata_credentials(std::string_view json, core::TimePoint now);

}  // namespace cloudkit::inline v0::aws

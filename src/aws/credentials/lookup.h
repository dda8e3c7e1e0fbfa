#pragma once

#include "aws/config.h"

#include <cloudkit/credentials.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// Where AWS credentials may be, a file each.
namespace cloudkit::inline v0::aws {

/// What a place has: credentials, or the reason why not.
struct Lookup {
  std::optional<Credentials> credentials = {};
  std::string reason = {};
};

/// Errors: `unauthenticated` for a place that is filled in by half, since going on to the next
/// one would sign as somebody else than was meant.
Result<Lookup> look_in_environment(const Environment& environment);

/// Errors: also those of the profile files. `asked` as in `load_config`.
Result<Lookup> look_in_profile(std::string_view asked, const Environment& environment);

/// What `default_credentials` returns, with an environment of the caller's.
std::shared_ptr<CredentialSource> make_credential_chain(std::string profile, Environment environment);

}  // namespace cloudkit::inline v0::aws

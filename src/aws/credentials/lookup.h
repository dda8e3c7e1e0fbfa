#pragma once

#include "aws/config.h"

#include <cloudkit/context.h>
#include <cloudkit/credentials.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// Where AWS credentials may be, a file each.
namespace cloudkit::inline v0::aws {

struct Surroundings;

/// What a place has: credentials, or the reason why not.
struct Lookup {
  std::optional<Credentials> credentials = {};
  std::string reason = {};
};

/// Errors: `unauthenticated` for a place that is filled in by half, since going on to the next
/// one would sign as somebody else than was meant.
Result<Lookup> look_in_environment(const Environment& environment);

/// By the profile's keys, role, SSO login, web identity or program. `asked` as in `load_config`.
/// Errors: those of the profile files, and of what the profile names.
Result<Lookup> look_in_profile(std::string_view asked, const Surroundings& surroundings, const Context& context);

/// AWS_WEB_IDENTITY_TOKEN_FILE, which Kubernetes sets. `profile` for the region alone. Errors: as
/// `fetch_web_identity`.
Result<Lookup> look_in_web_identity(std::string_view profile, const Surroundings& surroundings, const Context& context);

/// What `default_credentials` returns, with surroundings of the caller's.
std::shared_ptr<CredentialSource> make_credential_chain(std::string profile, Surroundings surroundings);

}  // namespace cloudkit::inline v0::aws

#pragma once

#include "aws/credentials/plan.h"
#include "aws/profile.h"

#include <string>
#include <string_view>

namespace cloudkit::inline v0::aws {

/// Whether a profile names an SSO login: for credentials, or for tokens only.
bool uses_sso(const Properties& profile);

/// The login that such a profile names. Errors: `unauthenticated` for one filled in by half.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html
Result<SsoLogin> sso_login_of(std::string_view profile_name, const Properties& profile, const ProfileSet& files);

/// "aws sso login --profile NAME"
std::string sso_login_command(std::string_view profile_name);

}  // namespace cloudkit::inline v0::aws

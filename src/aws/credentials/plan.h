#pragma once

#include "aws/profile.h"

#include <cloudkit/credentials.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// How a profile comes by its credentials, worked out from the files alone before anybody is asked.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
namespace cloudkit::inline v0::aws {

struct RoleToAssume {
  std::string profile = {};  ///< That has the role, for messages.
  std::string arn = {};
  std::string session_name = {};
  std::string external_id = {};
  std::chrono::seconds duration{0};  ///< 0: the service's default.
};

/// `credential_source`.
enum class NamedSource { environment, container, instance_metadata };
std::string_view to_string(NamedSource source) noexcept;

struct WebIdentityRole {
  RoleToAssume role = {};
  std::string token_file = {};
};

/// What `aws sso login` gave a token for.
struct SsoLogin {
  std::string session = {};  ///< Empty: the legacy form, whose token is known by its start URL.
  std::string start_url = {};
  std::string region = {};
  std::string account_id = {};  ///< Empty, as the role's name: the profile is for a token only.
  std::string role_name = {};
};

struct CredentialProcess {
  std::string command = {};
  std::string account_id = {};  ///< Where the program does not say.
};

using FirstCredentials = std::variant<Credentials, NamedSource, WebIdentityRole, SsoLogin, CredentialProcess>;

struct CredentialPlan {
  std::string profile = {};  ///< That has the first credentials, for messages.
  FirstCredentials first = {};
  std::vector<RoleToAssume> roles = {};  ///< One after the other, each with the credentials so far.
};

/// No plan: `reason` says why the profile has no credentials at all.
struct PlanLookup {
  std::optional<CredentialPlan> plan = {};
  std::string reason = {};
};

/// Errors: `unauthenticated` for a profile that is filled in by half or goes in circles;
/// `invalid_argument` for a value that cannot be; `unsupported` for MFA.
Result<PlanLookup> plan_credentials(std::string_view profile, const ProfileSet& files);

}  // namespace cloudkit::inline v0::aws

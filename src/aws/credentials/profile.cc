#include "aws/credentials/lookup.h"
#include "aws/profile_files.h"
#include "core/fail.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::aws {
namespace {

// How a profile gets its credentials, if not by keys of its own. These go before keys, as in the
// AWS CLI: the keys beside a role are what the role is assumed with. credential_process goes after.
// https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
std::string_view other_kind(const ChosenProfile& profile) {
  if (!profile.get("web_identity_token_file").empty()) return "web_identity_token_file";
  if (!profile.get("role_arn").empty()) return "role_arn";
  for (const auto property : {"sso_session", "sso_start_url", "sso_account_id"}) {
    if (!profile.get(property).empty()) return "sso";
  }
  return {};
}

Error half_set(const ChosenProfile& profile, std::string_view present, std::string_view missing) {
  return core::fail(ErrorCode::unauthenticated,
                    fmt::format("profile \"{}\" has {}, but no {}", profile.name, present, missing),
                    "run `aws configure` to set both");
}

Lookup not_read_yet(const ChosenProfile& profile, std::string_view kind) {
  return {{}, fmt::format("profile \"{}\" uses {}, which this version does not read yet", profile.name, kind)};
}

}  // namespace

Result<Lookup> look_in_profile(std::string_view asked, const Environment& environment) {
  const auto files = load_profile_files(environment);
  if (!files) return files.error();
  const auto profile = choose_profile(asked, environment, *files);
  if (!profile) return profile.error();
  if (profile->properties == nullptr) {
    return Lookup{{}, fmt::format("there is no profile \"{}\" in {}", profile->name, files->names())};
  }
  if (const auto kind = other_kind(*profile); !kind.empty()) return not_read_yet(*profile, kind);

  Credentials credentials;
  credentials.access_key_id = profile->get("aws_access_key_id");
  credentials.secret_access_key = profile->get("aws_secret_access_key");
  const bool has_id = !credentials.access_key_id.empty();
  const bool has_secret = !credentials.secret_access_key.empty();
  if (has_id && !has_secret) return half_set(*profile, "aws_access_key_id", "aws_secret_access_key");
  if (!has_id && has_secret) return half_set(*profile, "aws_secret_access_key", "aws_access_key_id");
  if (!has_id) {
    if (!profile->get("credential_process").empty()) return not_read_yet(*profile, "credential_process");
    return Lookup{{}, fmt::format("profile \"{}\" has no keys", profile->name)};
  }
  credentials.session_token = profile->get("aws_session_token");
  credentials.source = fmt::format("profile \"{}\"", profile->name);
  return Lookup{std::move(credentials), {}};
}

}  // namespace cloudkit::inline v0::aws

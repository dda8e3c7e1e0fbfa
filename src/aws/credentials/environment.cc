#include "aws/credentials/lookup.h"
#include "aws/profile_files.h"
#include "core/fail.h"
#include "core/time.h"

namespace cloudkit::inline v0::aws {

// https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html
Result<Lookup> look_in_environment(const Environment& environment) {
  Credentials credentials;
  credentials.access_key_id = variable(environment, "AWS_ACCESS_KEY_ID");
  credentials.secret_access_key = variable(environment, "AWS_SECRET_ACCESS_KEY");
  const bool has_id = !credentials.access_key_id.empty();
  const bool has_secret = !credentials.secret_access_key.empty();
  if (!has_id && !has_secret) return Lookup{{}, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set"};
  if (has_id != has_secret) {
    return core::fail(ErrorCode::unauthenticated,
                      has_id ? "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not"
                             : "AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not",
                      "set both, or neither to use the profile files");
  }
  credentials.session_token = variable(environment, "AWS_SESSION_TOKEN");
  credentials.account_id = variable(environment, "AWS_ACCOUNT_ID");
  credentials.source = "the environment";
  // `aws configure export-credentials --format env` sets it.
  if (const std::string text = variable(environment, "AWS_CREDENTIAL_EXPIRATION"); !text.empty()) {
    credentials.expires = core::parse_rfc3339(text);
    if (!credentials.expires) {
      return core::fail(ErrorCode::unauthenticated, "AWS_CREDENTIAL_EXPIRATION is not a time",
                        "it looks like 2026-11-23T01:00:00Z; without it the keys are taken to last");
    }
  }
  return Lookup{std::move(credentials), {}};
}

}  // namespace cloudkit::inline v0::aws

#include "aws/credentials/lookup.h"
#include "aws/credentials/roles.h"
#include "aws/credentials/service_caller.h"
#include "aws/credentials/surroundings.h"
#include "aws/profile_files.h"
#include "core/fail.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::aws {

// https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
Result<Lookup> look_in_web_identity(std::string_view profile, const Surroundings& surroundings,
                                    const Context& context) {
  const Environment& environment = surroundings.environment;
  WebIdentityRole identity;
  identity.token_file = variable(environment, "AWS_WEB_IDENTITY_TOKEN_FILE");
  // AWS_ROLE_ARN alone means something to many programs.
  if (identity.token_file.empty()) return Lookup{{}, "AWS_WEB_IDENTITY_TOKEN_FILE is not set"};
  identity.role.arn = variable(environment, "AWS_ROLE_ARN");
  identity.role.session_name = variable(environment, "AWS_ROLE_SESSION_NAME");
  if (identity.role.arn.empty()) {
    return core::fail(ErrorCode::unauthenticated, "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not",
                      "set both, or neither");
  }
  const auto files = load_profile_files(environment);
  if (!files) return files.error();
  const auto chosen = choose_profile(profile, environment, *files);
  if (!chosen) return chosen.error();
  const ServiceCaller caller(*files, *chosen, surroundings);
  auto credentials = fetch_web_identity(identity, {}, caller, context);
  if (!credentials) {
    credentials.error().message = fmt::format("the environment's web identity: {}", credentials.error().message);
    return std::move(credentials).error();
  }
  credentials->source = fmt::format("the environment's web identity, {}", credentials->source);
  return Lookup{*std::move(credentials), {}};
}

}  // namespace cloudkit::inline v0::aws

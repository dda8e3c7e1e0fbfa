#include "auth/renewed.h"
#include "aws/credentials/lookup.h"
#include "aws/credentials/roles.h"
#include "aws/credentials/service_caller.h"
#include "aws/credentials/surroundings.h"
#include "aws/profile_files.h"
#include "core/fail.h"

#include <cloudkit/aws.h>

#include <memory>
#include <string>
#include <utility>

// What programs build themselves instead of the chain, and whose credentials they have.
namespace cloudkit::inline v0::aws {
namespace {

// Reads the configuration that `profile` chooses, and hands it on.
template <class Ask>
auto with_configuration(const std::string& profile, const Surroundings& surroundings, const Ask& ask)
    -> decltype(ask(std::declval<const ServiceCaller&>())) {
  const auto files = load_profile_files(surroundings.environment);
  if (!files) return files.error();
  const auto chosen = choose_profile(profile, surroundings.environment, *files);
  if (!chosen) return chosen.error();
  return ask(ServiceCaller(*files, *chosen, surroundings));
}

std::shared_ptr<CredentialSource> given_or_default(const std::shared_ptr<CredentialSource>& given,
                                                   const std::string& profile, const Surroundings& surroundings) {
  return given != nullptr ? given : make_credential_chain(profile, surroundings);
}

}  // namespace

Surroundings default_surroundings(http::TransportOptions transport) {
  return {auth::default_surroundings(std::move(transport)), {}};
}

std::shared_ptr<CredentialSource> make_assume_role(AssumeRoleOptions options, Surroundings surroundings) {
  const auto now = surroundings.hooks.now;
  auto base = given_or_default(options.credentials, options.profile, surroundings);
  return std::make_shared<auth::RenewedCredentials>(
      [options = std::move(options), surroundings = std::move(surroundings),
       base = std::move(base)](const Context& context) -> Result<Credentials> {
        if (options.role_arn.empty()) return core::invalid_argument("AssumeRoleOptions::role_arn is empty");
        const RoleToAssume role{{}, options.role_arn, options.session_name, options.external_id, options.duration};
        return with_configuration(options.profile, surroundings, [&](const ServiceCaller& caller) {
          return fetch_role(role, base, options.region, caller, context);
        });
      },
      now);
}

std::shared_ptr<CredentialSource> make_web_identity(WebIdentityOptions options, Surroundings surroundings) {
  const auto now = surroundings.hooks.now;
  return std::make_shared<auth::RenewedCredentials>(
      [options = std::move(options),
       surroundings = std::move(surroundings)](const Context& context) -> Result<Credentials> {
        if (options.role_arn.empty()) return core::invalid_argument("WebIdentityOptions::role_arn is empty");
        if (options.token_file.empty()) return core::invalid_argument("WebIdentityOptions::token_file is empty");
        const WebIdentityRole identity{{{}, options.role_arn, options.session_name, {}, options.duration},
                                       options.token_file};
        return with_configuration(options.profile, surroundings, [&](const ServiceCaller& caller) {
          return fetch_web_identity(identity, options.region, caller, context);
        });
      },
      now);
}

Result<CallerIdentity> ask_caller_identity(const CallerIdentityOptions& options, const Surroundings& surroundings) {
  auto credentials = given_or_default(options.credentials, options.profile, surroundings);
  return with_configuration(options.profile, surroundings, [&](const ServiceCaller& caller) {
    return fetch_caller_identity(credentials, options.region, caller, options.context);
  });
}

std::shared_ptr<CredentialSource> assume_role(AssumeRoleOptions options) {
  auto surroundings = default_surroundings(options.transport);
  return make_assume_role(std::move(options), std::move(surroundings));
}

std::shared_ptr<CredentialSource> web_identity(WebIdentityOptions options) {
  auto surroundings = default_surroundings(options.transport);
  return make_web_identity(std::move(options), std::move(surroundings));
}

Result<CallerIdentity> caller_identity(const CallerIdentityOptions& options) {
  return ask_caller_identity(options, default_surroundings(options.transport));
}

}  // namespace cloudkit::inline v0::aws

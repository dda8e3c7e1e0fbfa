#include "aws/credentials/lookup.h"
#include "aws/credentials/plan.h"
#include "aws/credentials/roles.h"
#include "aws/credentials/service_caller.h"
#include "aws/credentials/sso.h"
#include "aws/credentials/surroundings.h"
#include "aws/profile_files.h"
#include "core/encode.h"
#include "core/fail.h"

#include <cloudkit/aws.h>

#include <fmt/format.h>

#include <utility>

namespace cloudkit::inline v0::aws {
namespace {

// Carries out a plan.
class Planned {
 public:
  Planned(const ProfileFiles& files, const ChosenProfile& chosen, const Surroundings& surroundings,
          const Context& context)
      : chosen_(chosen), surroundings_(surroundings), context_(context), caller_(files, chosen, surroundings) {}

  Result<Credentials> run(const CredentialPlan& plan) const {
    auto credentials = std::visit([&](const auto& first) { return fetch(plan.profile, first); }, plan.first);
    if (credentials && credentials->source.empty()) credentials->source = named(plan.profile);
    for (const RoleToAssume& role : plan.roles) {
      if (!credentials) return credentials;
      credentials = fetch_role(role, explicit_credentials(*std::move(credentials)), {}, caller_, context_);
      if (credentials) {
        credentials->source = fmt::format("{}, {}", named(chosen_.name), credentials->source);
      } else {
        credentials.error().message = fmt::format("{}: {}", named(role.profile), credentials.error().message);
      }
    }
    return credentials;
  }

 private:
  static std::string named(std::string_view profile) {
    return fmt::format("profile \"{}\"", core::printable_excerpt(profile, 64));
  }

  Result<Credentials> fetch(const std::string&, const Credentials& keys) const { return keys; }

  Result<Credentials> fetch(const std::string& profile, NamedSource source) const {
    auto found = look_in(source);
    if (!found) return std::move(found).error();
    if (found->credentials) return *std::move(found->credentials);
    return core::fail(ErrorCode::unauthenticated, fmt::format("{} has the credential_source {}, but {}", named(profile),
                                                              to_string(source), found->reason));
  }

  Result<Credentials> fetch(const std::string& profile, const WebIdentityRole& identity) const {
    auto credentials = fetch_web_identity(identity, {}, caller_, context_);
    if (!credentials) credentials.error().message = fmt::format("{}: {}", named(profile), credentials.error().message);
    return credentials;
  }

  Result<Credentials> fetch(const std::string& profile, const SsoLogin& login) const {
    auto credentials = fetch_sso_role(profile, login, caller_, context_);
    if (credentials) credentials->source = fmt::format("{}, SSO", named(profile));
    return credentials;
  }

  Result<Credentials> fetch(const std::string& profile, const CredentialProcess& process) const {
    auto found = look_in_process(process.command, profile, surroundings_, context_);
    if (!found) return std::move(found).error();
    if (!found->credentials) return core::fail(ErrorCode::unauthenticated, std::move(found->reason));
    if (found->credentials->account_id.empty()) found->credentials->account_id = process.account_id;
    return *std::move(found->credentials);
  }

  Result<Lookup> look_in(NamedSource source) const {
    switch (source) {
      case NamedSource::environment: return look_in_environment(surroundings_.environment);
      case NamedSource::container: return look_in_container(auth::for_metadata_tokens(surroundings_), context_);
      case NamedSource::instance_metadata: break;
    }
    return look_in_instance_metadata(chosen_, auth::for_metadata(surroundings_), context_);
  }

  const ChosenProfile& chosen_;
  const Surroundings& surroundings_;
  const Context& context_;
  const ServiceCaller caller_;
};

}  // namespace

Result<Lookup> look_in_profile(std::string_view asked, const Surroundings& surroundings, const Context& context) {
  const Environment& environment = surroundings.environment;
  const auto files = load_profile_files(environment);
  if (!files) return files.error();
  const auto chosen = choose_profile(asked, environment, *files);
  if (!chosen) return chosen.error();
  if (files->refused) return *files->refused;
  if (chosen->properties == nullptr) {
    return Lookup{{}, fmt::format("there is no profile \"{}\" in {}", chosen->name, files->names())};
  }
  auto planned = plan_credentials(chosen->name, files->set);
  if (!planned) return std::move(planned).error();
  if (!planned->plan) return Lookup{{}, std::move(planned->reason)};
  auto credentials = Planned(*files, *chosen, surroundings, context).run(*planned->plan);
  if (!credentials) return std::move(credentials).error();
  return Lookup{*std::move(credentials), {}};
}

}  // namespace cloudkit::inline v0::aws

#include "auth/renewed.h"
#include "aws/credentials/lookup.h"
#include "aws/credentials/sources.h"
#include "aws/credentials/surroundings.h"
#include "aws/profile_files.h"
#include "core/fail.h"

#include <cloudkit/aws.h>

#include <fmt/format.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace cloudkit::inline v0::aws {
namespace {

// One walk along all places. An error ends it: going on would sign as somebody else than was meant.
// https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
class Walk {
 public:
  Walk(const std::string& profile, const Surroundings& surroundings, const Context& context)
      : profile_(profile), surroundings_(surroundings), context_(context) {}

  Result<Credentials> run() {
    // As `aws --profile`: who names a profile does not want what happens to be in the environment.
    const Lookup not_wanted{{}, fmt::format("not looked at, as the program asked for profile \"{}\"", profile_)};
    const bool named = !profile_.empty();
    const Place places[] = {
        {"Environment", [&] { return named ? not_wanted : look_in_environment(surroundings_.environment); }},
        {"Profile files", [&] { return look_in_profile(profile_, surroundings_, context_); }},
        {"Web identity", [&] { return named ? not_wanted : look_in_web_identity({}, surroundings_, context_); }},
        {"Container", [&] { return look_in_container(auth::for_metadata_tokens(surroundings_), context_); }},
        {"EC2 instance", [&] { return look_in_instance(); }},
    };
    std::string reasons;
    for (const Place& place : places) {
      auto found = place.look();
      if (!found) return std::move(found).error();
      if (found->credentials) return *std::move(found->credentials);
      reasons += fmt::format(" {}: {}.", place.name, found->reason);
    }
    return core::fail(ErrorCode::unauthenticated, fmt::format("no credentials found.{}", reasons),
                      "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws configure` or `aws configure sso`");
  }

 private:
  struct Place {
    std::string_view name;
    std::function<Result<Lookup>()> look;
  };

  // The profile may say where the metadata service is.
  Result<Lookup> look_in_instance() const {
    const auto files = load_profile_files(surroundings_.environment);
    if (!files) return files.error();
    const auto chosen = choose_profile(profile_, surroundings_.environment, *files);
    if (!chosen) return chosen.error();
    return look_in_instance_metadata(*chosen, auth::for_metadata(surroundings_), context_);
  }

  const std::string& profile_;
  const Surroundings& surroundings_;
  const Context& context_;
};

}  // namespace

std::shared_ptr<CredentialSource> make_credential_chain(std::string profile, Surroundings surroundings) {
  const auto now = surroundings.hooks.now;
  return std::make_shared<auth::RenewedCredentials>(
      [profile = std::move(profile), surroundings = std::move(surroundings)](const Context& context) {
        return Walk(profile, surroundings, context).run();
      },
      now);
}

std::shared_ptr<CredentialSource> default_credentials(std::string profile, http::TransportOptions transport) {
  return make_credential_chain(std::move(profile), default_surroundings(std::move(transport)));
}

}  // namespace cloudkit::inline v0::aws

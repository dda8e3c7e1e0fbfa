#include "auth/oauth.h"
#include "core/fail.h"
#include "crypto/digest.h"
#include "gcp/credentials/kinds.h"

#include <fmt/format.h>

#include <utility>

// https://developers.google.com/identity/protocols/oauth2/web-server#offline
namespace cloudkit::inline v0::gcp {
namespace {

constexpr const char* kLogIn = "log in anew: gcloud auth application-default login";

class UserIdentity final : public RenewingIdentity {
 public:
  UserIdentity(AuthorizedUser user, Given given) : RenewingIdentity(std::move(given)), user_(std::move(user)) {}
  ~UserIdentity() override {
    crypto::cleanse(user_.client_secret);
    crypto::cleanse(user_.refresh_token);
  }

  Result<std::string> project(const Context&) override { return user_.quota_project; }
  Result<std::string> account(const Context&) override { return no_service_account(); }
  Result<Signature> sign(Bytes, const Context&) override { return no_service_account(); }

 private:
  Error no_service_account() const {
    return core::unsupported(fmt::format("{} is a user's login, which has no key to sign with", given_.place),
                             "log in as a service account: gcloud auth application-default login "
                             "--impersonate-service-account=ACCOUNT");
  }

  // The scopes are those of the login: https://cloud.google.com/sdk/gcloud/reference/auth/application-default/login
  Result<AccessToken> fetch(const Context& context) override {
    auth::TokenGrant grant;
    grant.endpoint = user_.token_endpoint;
    grant.form = [this](core::TimePoint) -> Result<http::Query> {
      return http::Query{{"grant_type", "refresh_token"},
                         {"client_id", user_.client_id},
                         {"client_secret", user_.client_secret},
                         {"refresh_token", user_.refresh_token}};
    };
    auto token = auth::ask_for_token(grant, given_.surroundings, context);
    if (!token) {
      Error error =
          identity_error(std::move(token).error(), fmt::format("{}: {}", given_.place, user_.token_endpoint.host));
      if (error.code == ErrorCode::unauthenticated && error.hint.empty()) error.hint = kLogIn;
      return error;
    }
    token->source = fmt::format("a user's login, {}", given_.place);
    return token;
  }

  AuthorizedUser user_;
};

}  // namespace

std::shared_ptr<Identity> make_authorized_user(AuthorizedUser user, Given given) {
  return std::make_shared<UserIdentity>(std::move(user), std::move(given));
}

}  // namespace cloudkit::inline v0::gcp

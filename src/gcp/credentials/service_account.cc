#include "auth/jwt.h"
#include "auth/oauth.h"
#include "codec/json.h"
#include "gcp/credentials/kinds.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

// https://developers.google.com/identity/protocols/oauth2/service-account#httprest
namespace cloudkit::inline v0::gcp {
namespace {

constexpr std::string_view kJwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
// The longest that Google takes.
constexpr std::chrono::hours kAssertionLife{1};

std::string_view hint_for_key(const Error& error) noexcept {
  const auto says = [&](std::string_view words) { return error.message.find(words) != std::string::npos; };
  if (says("short-lived") || says("timeframe")) return "set this machine's clock";
  if (says("JWT Signature"))
    return "the key was deleted, or is another account's: gcloud iam service-accounts keys list";
  if (says("account not found")) return "the service account was deleted, or its name in the file is wrong";
  if (says("audience")) return "token_uri in the file is not the one of the endpoint that was asked";
  return "the service account may be disabled, its key deleted, or this machine's clock wrong";
}

class ServiceAccountIdentity final : public RenewingIdentity {
 public:
  ServiceAccountIdentity(ServiceAccountKey key, Given given)
      : RenewingIdentity(std::move(given)), key_(std::move(key)) {}

  Result<std::string> account(const Context&) override { return key_.email; }
  Result<std::string> project(const Context&) override { return key_.project; }
  Result<Signature> sign(Bytes bytes, const Context&) override {
    return Signature{key_.email, key_.key.sign_sha256(bytes.view()), false};
  }

 private:
  Result<AccessToken> fetch(const Context& context) override {
    auth::TokenGrant grant;
    grant.endpoint = key_.token_endpoint;
    grant.form = [this](core::TimePoint now) { return form(now); };
    auto token = auth::ask_for_token(grant, given_.surroundings, context);
    if (!token) {
      Error error =
          identity_error(std::move(token).error(), fmt::format("{}: {}", given_.place, key_.token_endpoint.host));
      if (error.service_code == "invalid_grant" && error.hint.empty()) error.hint = hint_for_key(error);
      return error;
    }
    token->source = fmt::format("the service account {}, {}", key_.email, given_.place);
    return token;
  }

  Result<http::Query> form(core::TimePoint now) const {
    const auto issued = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch();
    codec::JsonWriter claims;
    claims.begin_object().name("iss").string(key_.email);
    claims.name("scope").string(given_.scope());
    claims.name("aud").string(key_.token_uri);
    claims.name("iat").number(issued.count()).name("exp").number((issued + kAssertionLife).count());
    const auto text = claims.end_object().finish();
    if (!text) return text.error();
    return http::Query{{"grant_type", std::string(kJwtBearer)},
                       {"assertion", auth::sign_jwt(key_.key, key_.key_id, *text)}};
  }

  const ServiceAccountKey key_;
};

}  // namespace

std::shared_ptr<Identity> make_service_account(ServiceAccountKey key, Given given) {
  return std::make_shared<ServiceAccountIdentity>(std::move(key), std::move(given));
}

}  // namespace cloudkit::inline v0::gcp

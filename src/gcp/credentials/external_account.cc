#include "auth/oauth.h"
#include "codec/json.h"
#include "core/encode.h"
#include "core/fail.h"
#include "crypto/digest.h"
#include "gcp/credentials/kinds.h"
#include "gcp/credentials/subject_token.h"

#include <fmt/format.h>

#include <utility>

// https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
namespace cloudkit::inline v0::gcp {
namespace {

constexpr std::string_view kExchange = "urn:ietf:params:oauth:grant-type:token-exchange";
constexpr std::string_view kWanted = "urn:ietf:params:oauth:token-type:access_token";

class ExternalIdentity final : public RenewingIdentity {
 public:
  ExternalIdentity(ExternalAccount account, Given given)
      : RenewingIdentity(std::move(given)), account_(std::move(account)) {}
  ~ExternalIdentity() override { crypto::cleanse(account_.client_secret); }

  Result<std::string> project(const Context&) override { return account_.quota_project; }
  Result<std::string> account(const Context&) override { return no_service_account(); }
  Result<Signature> sign(Bytes, const Context&) override { return no_service_account(); }

 private:
  Error no_service_account() const {
    return core::unsupported(fmt::format("{} is a federated identity without a service account", given_.place),
                             "a service_account_impersonation_url in the file makes it act as one");
  }

  Result<AccessToken> fetch(const Context& context) override {
    auto subject = fetch_subject_token(account_, given_.surroundings, context);
    if (!subject) return identity_error(std::move(subject).error(), given_.place);
    auth::TokenGrant grant;
    grant.endpoint = account_.token_endpoint;
    if (!account_.client_id.empty()) {
      grant.endpoint.headers.set("Authorization",
                                 "Basic " + core::base64_encode(account_.client_id + ":" + account_.client_secret));
    }
    grant.form = [&](core::TimePoint) { return form(*subject); };
    auto token = auth::ask_for_token(grant, given_.surroundings, context);
    crypto::cleanse(*subject);
    if (!token) return refused(std::move(token).error());
    token->source = fmt::format("a federated identity, {}", given_.place);
    return token;
  }

  Result<http::Query> form(const std::string& subject) const {
    http::Query form{{"grant_type", std::string(kExchange)},
                     {"audience", account_.audience},
                     {"scope", given_.scope()},
                     {"requested_token_type", std::string(kWanted)},
                     {"subject_token_type", account_.subject_token_type},
                     {"subject_token", subject}};
    // Who is known by a client's secret has a project already.
    if (account_.user_project.empty() || !account_.client_id.empty()) return form;
    codec::JsonWriter options;
    auto text = options.begin_object().name("userProject").string(account_.user_project).end_object().finish();
    if (!text) return std::move(text).error();
    form.emplace_back("options", *std::move(text));
    return form;
  }

  Error refused(Error error) const {
    error = identity_error(std::move(error), fmt::format("{}: {}", given_.place, account_.token_endpoint.host));
    if (!error.hint.empty()) return error;
    if (error.service_code == "invalid_target" || error.service_code == "invalid_request") {
      error.hint = "audience in the file names a pool and its provider, which must exist and be enabled";
    } else if (error.service_code == "invalid_grant") {
      error.hint = "the other provider's token is not for this audience, or has expired";
    }
    return error;
  }

  ExternalAccount account_;
};

}  // namespace

std::shared_ptr<Identity> make_external_account(ExternalAccount account, Given given) {
  return std::make_shared<ExternalIdentity>(std::move(account), std::move(given));
}

}  // namespace cloudkit::inline v0::gcp

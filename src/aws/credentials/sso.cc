#include "aws/credentials/sso.h"

#include "aws/credentials/received.h"
#include "aws/credentials/sso_login.h"
#include "aws/service_error.h"
#include "aws/sso/protocol.h"
#include "aws/sso/token.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/log.h"
#include "core/shell.h"
#include "crypto/digest.h"

#include <fmt/format.h>

#include <utility>

namespace cloudkit::inline v0::aws {
namespace {

// As the AWS CLI: a token that is about to end is renewed while the old one still works.
constexpr std::chrono::minutes kRenewBefore{15};

// The token of one login and its file.
class TokenFile {
 public:
  TokenFile(std::string_view profile, const SsoLogin& login, const ServiceCaller& caller)
      : profile_(profile), login_(login), caller_(caller) {}

  /// One that is good for a request.
  Result<sso::Token> get(const Context& context) {
    auto token = load();
    if (!token) return token;
    const core::TimePoint now = caller_.now();
    if (now < token->expires - kRenewBefore) return token;
    if (!login_.session.empty() && token->renewable(now)) {
      auto renewed = renew(*token, context);
      if (renewed) return renewed;
      core::log(LogLevel::warn, "the SSO token could not be renewed",
                {{"profile", profile_}, {"error", renewed.error().message}});
      // What is no fault of the token passes: another login would not help.
      if (now >= token->expires && renewed.error().retryable) return renewed;
    }
    if (now < token->expires) return token;
    return log_in_again(
        fmt::format("the SSO login of profile \"{}\" expired at {}", profile_, core::format_rfc3339(token->expires)));
  }

  Error log_in_again(std::string message) const {
    return core::fail(ErrorCode::unauthenticated, std::move(message), "run: " + sso_login_command(profile_));
  }

 private:
  Result<sso::Token> load() {
    const std::string home = variable(caller_.environment(), "HOME");
    if (home.empty())
      return core::fail(ErrorCode::unauthenticated, "HOME is not set, and with it the SSO login's place");
    path_ = sso::token_path(home, login_.session.empty() ? login_.start_url : login_.session);
    auto text = caller_.environment().read_file(path_);
    if (!text) return std::move(text).error();
    if (!*text) {
      return log_in_again(fmt::format("profile \"{}\" has no SSO login: there is no {}", profile_, path_));
    }
    text_ = **std::move(text);
    auto token = sso::read_token(text_);
    if (!token) {
      return log_in_again(fmt::format("the SSO login in {} cannot be read: {}", path_, token.error().message));
    }
    return token;
  }

  Result<sso::Token> renew(const sso::Token& old, const Context& context) {
    const auto service = caller_.find(kSsoOidc, login_.region);
    if (!service) return service.error();
    auto body = sso::create_token_body(old.refresh);
    if (!body) return std::move(body).error();
    const auto reply =
        caller_.send(sso::create_token_request(service->endpoint, *body), classify_json_reply, nullptr, context);
    crypto::cleanse(*body);
    auto renewed = reply ? sso::read_new_token(*reply) : Result<sso::NewToken>(reply.error());
    if (!renewed) {
      // Another program may have been quicker, and a refresh token be good for one renewal.
      const core::TimePoint now = caller_.now();
      if (auto theirs = load(); theirs && theirs->access_token != old.access_token && now < theirs->expires) {
        return theirs;
      }
      return while_doing(std::move(renewed).error(), "renew the SSO login", *service);
    }
    return save(*renewed);
  }

  Result<sso::Token> save(const sso::NewToken& token) {
    auto text = sso::renewed_token(text_, token, caller_.now());
    if (!text) return std::move(text).error();
    const auto& replace = caller_.environment().replace_file;
    if (const Status written = replace ? replace(path_, *text) : Status(); !written) {
      core::log(LogLevel::warn, "the renewed SSO token could not be kept",
                {{"path", path_}, {"error", written.error().message}});
    }
    auto renewed = sso::read_token(*text);
    crypto::cleanse(*text);
    return renewed;
  }

  const std::string_view profile_;
  const SsoLogin& login_;
  const ServiceCaller& caller_;
  std::string path_;
  std::string text_;
};

Error refused(Error error, const TokenFile& file, std::string_view profile, const SsoLogin& login,
              const ServiceEndpoint& service) {
  if (error.http_status == 401) {
    Error again = file.log_in_again(fmt::format("the SSO login of profile \"{}\" is not accepted any more", profile));
    error.code = again.code;
    error.hint = std::move(again.hint);
    return while_doing(std::move(error), again.message, service);
  }
  if (error.http_status == 403) error.hint = "is this role of this account assigned to you in IAM Identity Center?";
  return while_doing(std::move(error),
                     fmt::format("get credentials of {} in account {}", core::printable_excerpt(login.role_name, 80),
                                 core::printable_excerpt(login.account_id, 32)),
                     service);
}

}  // namespace

Result<Credentials> fetch_sso_role(std::string_view profile, const SsoLogin& login, const ServiceCaller& caller,
                                   const Context& context) {
  if (login.account_id.empty()) {
    return core::fail(
        ErrorCode::unauthenticated,
        fmt::format(
            "profile \"{}\" has an SSO login, but no sso_account_id and sso_role_name: that gives a token, but no "
            "credentials",
            profile),
        fmt::format("run: aws configure sso --profile {}", core::shell_word(profile)));
  }
  TokenFile file(profile, login, caller);
  const auto token = file.get(context);
  if (!token) return token.error();
  const auto service = caller.find(kSso, login.region);
  if (!service) return service.error();
  const auto reply = caller.send(
      sso::role_credentials_request(service->endpoint, login.account_id, login.role_name, token->access_token),
      classify_json_reply, nullptr, context);
  auto credentials = reply ? sso::read_role_credentials(*reply) : Result<Credentials>(reply.error());
  if (!credentials) return refused(std::move(credentials).error(), file, profile, login, *service);
  credentials->account_id = login.account_id;
  return accept_credentials(*std::move(credentials), service->endpoint.host, reply->headers, caller.now());
}

}  // namespace cloudkit::inline v0::aws

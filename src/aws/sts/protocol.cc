#include "aws/sts/protocol.h"

#include "aws/arn.h"
#include "aws/service/form.h"
#include "aws/service_error.h"
#include "codec/xml.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/time.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::aws::sts {
namespace {

constexpr std::size_t kMaxReply = std::size_t{64} << 10;
constexpr codec::XmlLimits kLimits = {.max_size = kMaxReply, .max_depth = 16, .max_nodes = 2000};

// https://docs.aws.amazon.com/STS/latest/APIReference/CommonParameters.html
service::Form form_of(std::string_view action) { return service::Form(action, "2011-06-15"); }

void add_role(service::Form& form, const AssumeRole& call) {
  form.add_unless_empty("RoleArn", call.role_arn).add_unless_empty("RoleSessionName", call.session_name);
  if (call.duration.count() > 0) form.add("DurationSeconds", fmt::to_string(call.duration.count()));
}

struct Hint {
  std::string_view service_code;
  std::string_view text;
};

constexpr Hint kHints[] = {
    {"AccessDenied",
     "the role's trust policy must name who assumes it, and a policy of theirs must allow sts:AssumeRole"},
    {"ExpiredToken", "the credentials that assume the role have expired: log in again"},
    {"ExpiredTokenException", "the identity token has expired: whoever writes its file has to renew it"},
    {"IDPRejectedClaim", "the identity provider does not accept the token"},
    {"InvalidClientTokenId", "AWS does not know this access key: was it deleted, or is it of another partition?"},
    {"InvalidIdentityToken", "the account must have an OpenID Connect provider for who issued the token"},
    {"RegionDisabledException", "this account has STS switched off in this region: set another one"},
    {"SignatureDoesNotMatch", "the secret access key does not belong to the access key"},
    {"ValidationError", "look at role_arn, role_session_name, external_id and duration_seconds"},
};

std::string hint_for(std::string_view service_code) {
  for (const Hint& hint : kHints) {
    if (hint.service_code == service_code) return std::string(hint.text);
  }
  return {};
}

Error unexpected(std::string_view what) {
  return core::fail(ErrorCode::unknown, fmt::format("the reply is not one of STS: {}", what),
                    "is the endpoint an STS server?");
}

// ACTIONResponse > ACTIONResult.
Result<codec::XmlDocument> parse(const http::Response& response) {
  auto document = codec::XmlDocument::parse(response.body, kLimits);
  if (!document) return unexpected(document.error().message);
  return document;
}

}  // namespace

std::string assume_role_form(const AssumeRole& call) {
  service::Form form = form_of("AssumeRole");
  add_role(form, call);
  return std::move(form.add_unless_empty("ExternalId", call.external_id)).text();
}

std::string assume_role_with_web_identity_form(const AssumeRole& call, std::string_view token) {
  service::Form form = form_of("AssumeRoleWithWebIdentity");
  add_role(form, call);
  return std::move(form.add_unless_empty("WebIdentityToken", token)).text();
}

std::string get_caller_identity_form() { return form_of("GetCallerIdentity").text(); }

http::Request form_request(const Endpoint& endpoint, Bytes form) {
  http::Request request = request_to(endpoint, http::Method::post, "/");
  request.headers.add("content-type", std::string(service::kFormType));
  request.body = form;
  request.max_reply_size = kMaxReply;
  // Keys that nobody receives harm nobody.
  request.read_only = true;
  return request;
}

std::optional<http::Failure> classify_reply(const http::Request& request, const http::Response& response,
                                            bool receiver_took_body) {
  auto failure = classify_xml_reply(request, response, receiver_took_body);
  if (failure) failure->error.hint = hint_for(failure->error.service_code);
  return failure;
}

Result<Credentials> read_assumed_role(const http::Response& response) {
  const auto document = parse(response);
  if (!document) return document.error();
  codec::XmlNode result = document->root().child("AssumeRoleResult");
  if (!result) result = document->root().child("AssumeRoleWithWebIdentityResult");
  const codec::XmlNode keys = result.child("Credentials");
  if (!keys) return unexpected("it has no Credentials");
  Credentials credentials;
  credentials.access_key_id = core::trim(keys.child("AccessKeyId").text());
  credentials.secret_access_key = core::trim(keys.child("SecretAccessKey").text());
  credentials.session_token = core::trim(keys.child("SessionToken").text());
  credentials.expires = core::parse_rfc3339(core::trim(keys.child("Expiration").text()));
  credentials.account_id = parse_arn(core::trim(result.child("AssumedRoleUser").child("Arn").text())).account;
  // Without a token or an end they would be no temporary ones.
  if (credentials.session_token.empty()) return unexpected("it has no SessionToken");
  if (!credentials.expires) return unexpected("its Expiration is not a time");
  return credentials;
}

Result<CallerIdentity> read_caller_identity(const http::Response& response) {
  const auto document = parse(response);
  if (!document) return document.error();
  const codec::XmlNode result = document->root().child("GetCallerIdentityResult");
  CallerIdentity identity;
  identity.account = core::printable_excerpt(core::trim(result.child("Account").text()), 64);
  identity.arn = core::printable_excerpt(core::trim(result.child("Arn").text()), 2048);
  identity.user_id = core::printable_excerpt(core::trim(result.child("UserId").text()), 256);
  if (identity.account.empty() || identity.arn.empty()) return unexpected("it has no Account or no Arn");
  return identity;
}

}  // namespace cloudkit::inline v0::aws::sts

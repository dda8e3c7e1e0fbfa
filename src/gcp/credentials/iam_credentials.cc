#include "gcp/credentials/iam_credentials.h"

#include "auth/bearer.h"
#include "auth/oauth.h"
#include "auth/received.h"
#include "codec/json.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/time.h"
#include "crypto/digest.h"
#include "http/classify.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace cloudkit::inline v0::gcp {
namespace {

using codec::JsonValue;
using Remedy = http::Failure::Remedy;

constexpr std::size_t kMaxIamReply = std::size_t{64} << 10;
constexpr codec::JsonLimits kIamLimits = {.max_size = kMaxIamReply, .max_depth = 32, .max_values = 2000};

// {"error":{"code":403,"message":"Permission 'iam.serviceAccounts.getAccessToken'
// denied…","status":"PERMISSION_DENIED"}}
std::optional<http::Failure> judge_iam_reply(const http::Request& request, const http::Response& reply, bool) {
  if (reply.status >= 200 && reply.status < 300) return std::nullopt;
  auto failure = http::classify({}, reply.status);
  failure.error.message = fmt::format("it answered {}", reply.status);
  if (failure.remedy == Remedy::suspect_clock) failure.remedy = Remedy::none;
  if (reply.status == 401) failure.remedy = Remedy::refresh_credentials;
  const auto json = JsonValue::parse(reply.body, kIamLimits);
  if (!json) return failure;
  const JsonValue& error = json->find("error");
  if (const auto message = error.find("message").as_string()) {
    failure.error.message +=
        ": " + auth::without_secrets(*message, auth::without_scheme(request.headers.get("authorization")));
  }
  failure.error.service_code = core::printable_excerpt(error.find("status").as_string().value_or(""), 64);
  return failure;
}

void add_delegates(codec::JsonWriter& body, const ActingAs& acting) {
  if (acting.delegates.empty()) return;
  body.name("delegates").begin_array();
  for (const std::string& account : acting.delegates) body.string("projects/-/serviceAccounts/" + account);
  body.end_array();
}

Error explained(Error error, const ActingAs& acting) {
  error.message = fmt::format("acting as {}: {}: {}", acting.account, acting.api.host, error.message);
  if (error.code == ErrorCode::permission_denied && error.hint.empty()) {
    error.hint = "who asks needs the role roles/iam.serviceAccountTokenCreator on that account";
  }
  if (error.http_status == 404 && error.hint.empty()) error.hint = "there is no such service account";
  return error;
}

Error bad_iam_reply(const ActingAs& acting, std::string_view why) {
  return explained(core::fail(ErrorCode::unauthenticated, std::string(why)), acting);
}

Result<http::Response> call(const ActingAs& acting, std::string_view method, codec::JsonWriter& body,
                            const std::shared_ptr<TokenSource>& by, const auth::Surroundings& surroundings,
                            const Context& context) {
  const auto text = body.finish();
  if (!text) return text.error();
  http::Request request = acting.api;
  request.method = http::Method::post;
  // The colon is the API's, so it stays what it is.
  request.encoded_path += core::percent_encode(acting.account, core::Slash::encode) + std::string(method);
  request.headers.set("Content-Type", "application/json");
  request.body = *text;
  request.max_reply_size = kMaxIamReply;
  request.idempotent = request.read_only = true;
  http::ClientOptions options;
  options.transport = surroundings.transport;
  options.signer = std::make_shared<auth::BearerSigner>(by);
  options.classifier = judge_iam_reply;
  options.hooks = surroundings.hooks;
  auto reply = http::Client(std::move(options)).send(std::move(request), context);
  if (!reply) return explained(std::move(reply).error(), acting);
  return reply;
}

}  // namespace

Result<AccessToken> generate_access_token(const ActingAs& acting, const std::vector<std::string>& scopes,
                                          const std::shared_ptr<TokenSource>& by,
                                          const auth::Surroundings& surroundings, const Context& context) {
  codec::JsonWriter body;
  body.begin_object();
  add_delegates(body, acting);
  body.name("scope").begin_array();
  for (const std::string& scope : scopes) body.string(scope);
  body.end_array().name("lifetime").string(fmt::format("{}s", acting.lifetime.count())).end_object();
  auto reply = call(acting, ":generateAccessToken", body, by, surroundings, context);
  if (!reply) return std::move(reply).error();
  const auto json = JsonValue::parse(reply->body, kIamLimits);
  crypto::cleanse(reply->body);
  if (!json) return bad_iam_reply(acting, fmt::format("its reply: {}", json.error().message));
  const auto value = json->find("accessToken").as_string();
  if (!value || value->empty()) return bad_iam_reply(acting, "its reply has no accessToken");
  const auto expires = core::parse_rfc3339(json->find("expireTime").as_string().value_or(std::string_view()));
  if (!expires) return bad_iam_reply(acting, "its reply has no expireTime");
  return AccessToken{std::string(*value), auth::by_our_clock(*expires, reply->headers, surroundings.now()),
                     fmt::format("the service account {}", acting.account)};
}

Result<Signature> sign_blob(const ActingAs& acting, Bytes bytes, const std::shared_ptr<TokenSource>& by,
                            const auth::Surroundings& surroundings, const Context& context) {
  codec::JsonWriter body;
  body.begin_object();
  add_delegates(body, acting);
  body.name("payload").string(core::base64_encode(bytes.view())).end_object();
  auto reply = call(acting, ":signBlob", body, by, surroundings, context);
  if (!reply) return std::move(reply).error();
  const auto json = JsonValue::parse(reply->body, kIamLimits);
  if (!json) return bad_iam_reply(acting, fmt::format("its reply: {}", json.error().message));
  auto signature = core::base64_decode(json->find("signedBlob").as_string().value_or(std::string_view()));
  if (!signature || signature->empty()) return bad_iam_reply(acting, "its reply has no signedBlob");
  return Signature{acting.account, *std::move(signature), true};
}

}  // namespace cloudkit::inline v0::gcp

#include "aws/sso/protocol.h"

#include "codec/json.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/time.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::aws::sso {
namespace {

constexpr std::size_t kMaxReply = std::size_t{64} << 10;
constexpr codec::JsonLimits kLimits = {.max_size = kMaxReply, .max_depth = 16, .max_values = 2000};
// A token of more than a year is an error of the server's; AWS's last 8 hours at most.
constexpr std::uint64_t kLongestLife = 366 * 86'400;

Error unexpected(std::string_view what) {
  return core::fail(ErrorCode::unknown, fmt::format("the reply is not one of IAM Identity Center: {}", what),
                    "is the endpoint the one of AWS?");
}

std::string text_of(const codec::JsonValue& value) { return std::string(core::trim(value.as_string().value_or(""))); }

}  // namespace

http::Request role_credentials_request(const Endpoint& portal, std::string_view account_id, std::string_view role_name,
                                       std::string_view access_token) {
  http::Request request = request_to(portal, http::Method::get, "/federation/credentials");
  request.query = {{"account_id", std::string(account_id)}, {"role_name", std::string(role_name)}};
  request.headers.add("x-amz-sso_bearer_token", std::string(access_token));
  request.max_reply_size = kMaxReply;
  return request;
}

Result<Credentials> read_role_credentials(const http::Response& response) {
  const auto body = codec::JsonValue::parse(response.body, kLimits);
  if (!body) return unexpected(body.error().message);
  const codec::JsonValue& keys = body->find("roleCredentials");
  if (!keys.is_object()) return unexpected("it has no roleCredentials");
  Credentials credentials;
  credentials.access_key_id = text_of(keys.find("accessKeyId"));
  credentials.secret_access_key = text_of(keys.find("secretAccessKey"));
  credentials.session_token = text_of(keys.find("sessionToken"));
  const auto milliseconds = keys.find("expiration").as_i64();
  if (!milliseconds || *milliseconds <= 0) return unexpected("its expiration is not a time");
  credentials.expires = core::from_unix(*milliseconds / 1000, *milliseconds % 1000 * 1'000'000);
  if (credentials.session_token.empty()) return unexpected("it has no sessionToken");
  return credentials;
}

Result<std::string> create_token_body(const TokenRefresh& refresh) {
  codec::JsonWriter writer;
  writer.begin_object();
  writer.name("clientId").string(refresh.client_id).name("clientSecret").string(refresh.client_secret);
  writer.name("grantType").string("refresh_token").name("refreshToken").string(refresh.refresh_token);
  return writer.end_object().finish();
}

http::Request create_token_request(const Endpoint& oidc, Bytes body) {
  http::Request request = request_to(oidc, http::Method::post, "/token");
  request.headers.add("content-type", "application/json");
  request.body = body;
  request.max_reply_size = kMaxReply;
  // The service may take a refresh token once only.
  request.idempotent = false;
  return request;
}

Result<NewToken> read_new_token(const http::Response& response) {
  const auto body = codec::JsonValue::parse(response.body, kLimits);
  if (!body) return unexpected(body.error().message);
  NewToken token;
  token.access_token = text_of(body->find("accessToken"));
  token.refresh_token = text_of(body->find("refreshToken"));
  const auto lifetime = body->find("expiresIn").as_u64();
  if (token.access_token.empty()) return unexpected("it has no accessToken");
  if (!lifetime || *lifetime == 0 || *lifetime > kLongestLife) return unexpected("its expiresIn is no time");
  token.lifetime = std::chrono::seconds(*lifetime);
  for (const std::string* text : {&token.access_token, &token.refresh_token}) {
    if (core::has_control_character(*text)) return unexpected("a token has a control character");
  }
  return token;
}

}  // namespace cloudkit::inline v0::aws::sso

#include "aws/sso/token.h"

#include "aws/sso/protocol.h"
#include "codec/json.h"
#include "core/time.h"
#include "environment.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace std::chrono_literals;
namespace sso = cloudkit::aws::sso;

namespace {

constexpr const char* kWhole =
    R"({"startUrl":"https://corp","region":"us-east-1","accessToken":"cktest-access1-secret-1",)"
    R"("expiresAt":"2026-11-23T01:05:00Z","clientId":"id","clientSecret":"cktest-client1-secret-1",)"
    R"("registrationExpiresAt":"2027-01-01T00:00:00Z","refreshToken":"cktest-refresh1-secret-1",)"
    R"("scopes":["sso:account:access",1,-2,1.5,true,null,{}]})";

std::string sso_token_problem(std::string_view json) {
  const auto token = sso::read_token(json);
  REQUIRE_FALSE(token);
  CHECK(token.error().code == ErrorCode::unauthenticated);
  CHECK(token.error().to_string().find("cktest") == std::string::npos);
  return token.error().message;
}

http::Response token_response(std::string body) {
  http::Response reply;
  reply.status = 200;
  reply.body = std::move(body);
  return reply;
}

std::string keys_problem(std::string body) {
  const auto keys = sso::read_role_credentials(token_response(std::move(body)));
  REQUIRE_FALSE(keys);
  CHECK(keys.error().to_string().find("cktest") == std::string::npos);
  return keys.error().message;
}

std::string token_problem(std::string body) {
  const auto token = sso::read_new_token(token_response(std::move(body)));
  REQUIRE_FALSE(token);
  CHECK(token.error().to_string().find("cktest") == std::string::npos);
  return token.error().message;
}

}  // namespace

TEST_CASE("a token's file is named by the SHA-1 of its start URL or session") {
  CHECK(sso::token_path("/home", "https://ssotest.awsapps.com/start") ==
        "/home/.aws/sso/cache/dace00cba5f8355ec9d274ceb2bcebdfbeed0e12.json");
  CHECK(sso::token_path("/home/ada", "dev") ==
        "/home/ada/.aws/sso/cache/34c6fceca75e456f25e7e99531e2425c6c1de443.json");
}

TEST_CASE("a token is read with what is needed to renew it") {
  const auto token = sso::read_token(kWhole);
  REQUIRE(token);
  CHECK(token->access_token == "cktest-access1-secret-1");
  CHECK(token->expires == kNow + 5min);
  CHECK(token->refresh.client_id == "id");
  CHECK(token->refresh.client_secret == "cktest-client1-secret-1");
  CHECK(token->refresh.refresh_token == "cktest-refresh1-secret-1");
  CHECK(token->renewable(kNow));
  CHECK_FALSE(token->renewable(core::parse_rfc3339("2027-01-01T00:00:00Z").value()));
  const auto legacy = sso::read_token(R"({"accessToken":"a","expiresAt":"2020-06-17T10:02:08UTC"})");
  REQUIRE(legacy);
  CHECK(legacy->expires == core::parse_rfc3339("2020-06-17T10:02:08Z"));
  CHECK_FALSE(legacy->renewable(kNow));
}

TEST_CASE("a token file that is broken says what is wrong, and nothing of its secrets") {
  CHECK(sso_token_problem("\n") == "it is empty");
  CHECK(sso_token_problem("[]") == "it is not a JSON object");
  CHECK(sso_token_problem("{}") == "it has no accessToken");
  CHECK(sso_token_problem(R"({"accessToken":" "})") == "it has no accessToken");
  CHECK(sso_token_problem(R"({"accessToken":"cktest-access1-secret-1"})") == "its expiresAt is not a time");
  CHECK(sso_token_problem(R"({"accessToken":"cktest-access1-secret-1","expiresAt":"UTC"})") ==
        "its expiresAt is not a time");
  CHECK(sso_token_problem(R"({"accessToken":"cktest\r\nX-Evil: 1","expiresAt":"2026-11-23T01:05:00Z"})") ==
        "its accessToken has a control character");
  CHECK(sso_token_problem(
            R"({"accessToken":"cktest-access1-secret-1","accessToken":"b","expiresAt":"2026-11-23T01:05:00Z"})") != "");
  CHECK(sso_token_problem(std::string(100'000, ' ') + kWhole) != "");
}

TEST_CASE("a renewed token replaces the old one, and all else in the file stays") {
  const auto text =
      sso::renewed_token(kWhole, {"cktest-access2-secret-1", 3600s, "cktest-refresh2-secret-1"}, kNow + 500ms);
  REQUIRE(text);
  const auto token = sso::read_token(*text);
  REQUIRE(token);
  CHECK(token->access_token == "cktest-access2-secret-1");
  CHECK(token->expires == kNow + 1h);
  CHECK(token->refresh.refresh_token == "cktest-refresh2-secret-1");
  CHECK(token->refresh.client_secret == "cktest-client1-secret-1");
  const auto json = codec::JsonValue::parse(*text);
  REQUIRE(json);
  CHECK(json->find("expiresAt").as_string() == "2026-11-23T02:00:00Z");
  CHECK(json->find("startUrl").as_string() == "https://corp");
  CHECK(json->find("scopes").items().size() == 7);
  CHECK(json->find("scopes").items()[2].as_i64() == -2);
  CHECK(json->find("scopes").items()[3].as_double() == 1.5);
  CHECK(sso::read_token(*sso::renewed_token(kWhole, {"a", 1s, ""}, kNow))->refresh.refresh_token ==
        "cktest-refresh1-secret-1");
}

TEST_CASE("keys are asked for with the token in a header alone") {
  const auto request = sso::role_credentials_request({"https", "portal.test", "", false, true}, "123", "My Role", "t");
  CHECK(request.method == http::Method::get);
  CHECK(http::encode_target(request) == "/federation/credentials?account_id=123&role_name=My%20Role");
  CHECK(request.headers.get("x-amz-sso_bearer_token") == "t");
}

TEST_CASE("the portal's keys end at a time in milliseconds") {
  const auto keys = sso::read_role_credentials(token_response(
      R"({"roleCredentials":{"accessKeyId":"ASIA","secretAccessKey":"s","sessionToken":"t","expiration":1795402800000}})"));
  REQUIRE(keys);
  CHECK(keys->access_key_id == "ASIA");
  CHECK(keys->expires == core::from_unix(1795402800, 0));
  CHECK(keys_problem("") == "the reply is not one of IAM Identity Center: the reply is empty where JSON was expected");
  CHECK(keys_problem("cktest <html>").starts_with("the reply is not one of IAM Identity Center: not JSON"));
  CHECK(keys_problem(R"({"roleCredentials":"cktest"})") ==
        "the reply is not one of IAM Identity Center: it has no roleCredentials");
  for (const char* expiration : {"-1", "0", "1e3", "\"soon\"", "null", "99999999999999999999"}) {
    CAPTURE(expiration);
    CHECK(keys_problem(R"({"roleCredentials":{"accessKeyId":"A","sessionToken":"cktest","expiration":)" +
                       std::string(expiration) + "}}") ==
          "the reply is not one of IAM Identity Center: its expiration is not a time");
  }
  CHECK(keys_problem(R"({"roleCredentials":{"accessKeyId":"A","secretAccessKey":"cktest","expiration":1}})") ==
        "the reply is not one of IAM Identity Center: it has no sessionToken");
}

TEST_CASE("a token is renewed once only, by a body of JSON") {
  const auto body = sso::create_token_body({"id", "s\"1", "r"});
  REQUIRE(body);
  CHECK(*body == R"({"clientId":"id","clientSecret":"s\"1","grantType":"refresh_token","refreshToken":"r"})");
  const auto request = sso::create_token_request({"https", "oidc.test", "", false, true}, *body);
  CHECK(request.path == "/token");
  CHECK(request.headers.get("content-type") == "application/json");
  CHECK_FALSE(request.idempotent);
  CHECK_FALSE(sso::create_token_body({"id", "\xFF", "r"}));
}

TEST_CASE("a new token has a life, and no line ends") {
  const auto token =
      sso::read_new_token(token_response(R"({"accessToken":"a","expiresIn":3600,"refreshToken":"r","idToken":"i"})"));
  REQUIRE(token);
  CHECK(token->access_token == "a");
  CHECK(token->lifetime == 1h);
  CHECK(token->refresh_token == "r");
  const std::string prefix = "the reply is not one of IAM Identity Center: ";
  CHECK(token_problem("{}") == prefix + "it has no accessToken");
  CHECK(token_problem(R"({"accessToken":"cktest","expiresIn":0})") == prefix + "its expiresIn is no time");
  CHECK(token_problem(R"({"accessToken":"cktest","expiresIn":-1})") == prefix + "its expiresIn is no time");
  CHECK(token_problem(R"({"accessToken":"cktest","expiresIn":18446744073709551615})") ==
        prefix + "its expiresIn is no time");
  CHECK(token_problem(R"({"accessToken":"cktest\r\nX: 1","expiresIn":1})") ==
        prefix + "a token has a control character");
}

// A person with nothing but an SSO login.
#include "surroundings.h"

#include <cloudkit/log.h>

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace std::chrono_literals;
using testing::broken;
using testing::reply;

namespace {

constexpr const char* kTokenFile = "/home/ada/.aws/sso/cache/34c6fceca75e456f25e7e99531e2425c6c1de443.json";
constexpr const char* kLegacyTokenFile = "/home/ada/.aws/sso/cache/dace00cba5f8355ec9d274ceb2bcebdfbeed0e12.json";

const std::string kSecrets[] = {"cktest-access1-secret-1",  "cktest-access2-secret-1",  "cktest-client1-secret-1",
                                "cktest-refresh1-secret-1", "cktest-refresh2-secret-1", "cktest-sso-secret-1"};

struct SsoFixture : FakeSurroundings {
  SsoFixture() {
    variables["AWS_PROFILE"] = "dev";
    config(
        "[profile dev]\nsso_session = dev\nsso_account_id = 123456789012\nsso_role_name = Reader\n"
        "[sso-session dev]\nsso_region = us-east-1\nsso_start_url = https://corp.awsapps.com/start\n");
  }
  ~SsoFixture() {
    for (const std::string& warning : warnings) check_secrets(warning);
  }
  SsoFixture(const SsoFixture&) = delete;
  SsoFixture& operator=(const SsoFixture&) = delete;

  static void check_secrets(const std::string& text) {
    for (const std::string& secret : kSecrets) CHECK(text.find(secret) == std::string::npos);
  }

  // One that ends at the time, by the token's file of session "dev".
  void login(const std::string& expires) {
    files[kTokenFile] =
        R"({"accessToken":"cktest-access1-secret-1","expiresAt":")" + expires +
        R"(","clientId":"id","clientSecret":"cktest-client1-secret-1","registrationExpiresAt":)"
        R"("2027-01-01T00:00:00Z","refreshToken":"cktest-refresh1-secret-1","startUrl":"https://corp"})";
  }

  static std::string keys(const std::string& id = "ASIASSO", std::int64_t milliseconds = 1795399200000) {
    return R"({"roleCredentials":{"accessKeyId":")" + id +
           R"(","secretAccessKey":"cktest-sso-secret-1","sessionToken":"sso-token","expiration":)" +
           std::to_string(milliseconds) + "}}";
  }
  static std::string new_token() {
    return R"({"accessToken":"cktest-access2-secret-1","expiresIn":28800,"refreshToken":"cktest-refresh2-secret-1","tokenType":"Bearer"})";
  }
  Error fails() {
    Error found = error();
    check_secrets(found.to_string());
    return found;
  }
  std::string token_sent(std::size_t request) const {
    return std::string(services->sent().at(request).headers.get("x-amz-sso_bearer_token"));
  }
};

}  // namespace

TEST_CASE_FIXTURE(SsoFixture, "a login gives the credentials of the profile's role") {
  login("2026-11-23T09:00:00Z");
  services->then(dated(200, keys()));
  const auto found = get();
  REQUIRE(found);
  CHECK(found->access_key_id == "ASIASSO");
  CHECK(found->account_id == "123456789012");
  CHECK(found->expires == core::parse_rfc3339("2026-11-23T02:00:00Z"));
  CHECK(found->source == "profile \"dev\", SSO");
  REQUIRE(services->sent().size() == 1);
  const auto request = services->sent()[0];
  CHECK(request.host == "portal.sso.us-east-1.amazonaws.com");
  CHECK(token_sent(0) == "cktest-access1-secret-1");
  CHECK_FALSE(request.headers.contains("authorization"));
  CHECK(writes == 0);
}

TEST_CASE_FIXTURE(SsoFixture, "without a login the error says how to log in") {
  Error none = fails();
  CHECK(none.code == ErrorCode::unauthenticated);
  CHECK(none.message == "profile \"dev\" has no SSO login: there is no " + std::string(kTokenFile));
  CHECK(none.hint == "run: aws sso login --profile dev");
  files[kTokenFile] = "";
  CHECK(fails().message.starts_with("the SSO login in " + std::string(kTokenFile) + " cannot be read: "));
  files[kTokenFile] = R"({"accessToken":"cktest-access1-secret-1\r\nX-Evil: 1","expiresAt":"2026-11-23T09:00:00Z"})";
  CHECK(fails().message.ends_with("cannot be read: its accessToken has a control character"));
  CHECK(fails().hint == "run: aws sso login --profile dev");
  files[kTokenFile] = "(broken)";
  CHECK(fails().code == ErrorCode::io);
  variables["AWS_CONFIG_FILE"] = "/home/ada/.aws/config";
  variables.erase("HOME");
  CHECK(fails().message == "HOME is not set, and with it the SSO login's place");
  CHECK(services->sent().empty());
}

TEST_CASE_FIXTURE(SsoFixture, "a login that is about to end is renewed and written back, and only then") {
  login("2026-11-23T01:15:01Z");
  services->then(dated(200, keys()));
  CHECK(get());
  CHECK(services->sent().size() == 1);

  login("2026-11-23T01:15:00Z");
  services->then(dated(200, new_token())).then(dated(200, keys()));
  CHECK(get());
  REQUIRE(services->sent().size() == 3);
  CHECK(services->sent()[1].host == "oidc.us-east-1.amazonaws.com");
  CHECK(services->sent()[1].path == "/token");
  CHECK(token_sent(2) == "cktest-access2-secret-1");
  CHECK(writes == 1);
  CHECK(files[kTokenFile].find(R"("startUrl":"https://corp")") != std::string::npos);
  CHECK(files[kTokenFile].find(R"("accessToken":"cktest-access2-secret-1")") != std::string::npos);
  CHECK(files[kTokenFile].find(R"("refreshToken":"cktest-refresh2-secret-1")") != std::string::npos);
  CHECK(files[kTokenFile].find(R"("expiresAt":"2026-11-23T09:00:00Z")") != std::string::npos);
  services->then(dated(200, keys()));
  CHECK(get());
  CHECK(token_sent(3) == "cktest-access2-secret-1");
}

TEST_CASE_FIXTURE(SsoFixture, "a renewal that fails leaves the login while it lasts, then says how to log in") {
  login("2026-11-23T01:10:00Z");
  services->then(reply(400, {}, R"({"error":"invalid_grant"})")).then(dated(200, keys()));
  CHECK(get());
  CHECK(token_sent(1) == "cktest-access1-secret-1");
  CHECK(warnings.back().starts_with("the SSO token could not be renewed dev renew the SSO login at oidc."));

  login("2026-11-23T01:00:00Z");
  services->then(reply(400, {}, R"({"error":"invalid_grant","error_description":"cktest"})"));
  const Error ended = fails();
  CHECK(ended.code == ErrorCode::unauthenticated);
  CHECK(ended.message == "the SSO login of profile \"dev\" expired at 2026-11-23T01:00:00Z");
  CHECK(ended.hint == "run: aws sso login --profile dev");
  CHECK(writes == 0);
}

TEST_CASE_FIXTURE(SsoFixture, "an outage of the service is no reason to log in again") {
  login("2026-11-23T00:00:00Z");
  services->then(reply(503), 4);
  const Error down = fails();
  CHECK(down.code == ErrorCode::unavailable);
  CHECK(down.message.starts_with("renew the SSO login at oidc.us-east-1.amazonaws.com: "));
  CHECK(down.hint.empty());
}

TEST_CASE_FIXTURE(SsoFixture, "a refresh token is not sent twice when nobody knows whether it was used") {
  login("2026-11-23T00:00:00Z");
  services->then(broken({.request_sent = true}));
  CHECK_FALSE(get());
  CHECK(services->sent().size() == 1);
}

TEST_CASE_FIXTURE(SsoFixture, "another program's renewal is taken when it was quicker") {
  login("2026-11-23T01:00:00Z");
  services
      ->then([this](const http::Request&, http::BodyReceiver*, const Context&) {
        files[kTokenFile] = R"({"accessToken":"cktest-access2-secret-1","expiresAt":"2026-11-23T09:00:00Z"})";
        http::Exchange exchange;
        exchange.response.status = 400;
        exchange.response.body = R"({"error":"invalid_grant"})";
        return exchange;
      })
      .then(dated(200, keys()));
  CHECK(get());
  CHECK(token_sent(1) == "cktest-access2-secret-1");
}

TEST_CASE_FIXTURE(SsoFixture, "a renewed login that cannot be kept is used all the same") {
  login("2026-11-23T01:00:00Z");
  services->then(dated(200, new_token())).then(dated(200, keys()));
  auto all = surroundings();
  all.environment.replace_file = [](const std::string&, std::string_view) -> Status {
    return core::fail(ErrorCode::io, "read-only file system");
  };
  CHECK(aws::make_credential_chain({}, all)->get({}));
  CHECK(token_sent(1) == "cktest-access2-secret-1");
  CHECK(warnings.back() ==
        "the renewed SSO token could not be kept " + std::string(kTokenFile) + " read-only file system");
}

TEST_CASE_FIXTURE(SsoFixture, "the legacy form is known by its start URL, and never renewed") {
  config(
      "[profile dev]\nsso_start_url = https://ssotest.awsapps.com/start\nsso_region = eu-west-1\n"
      "sso_account_id = 123456789012\nsso_role_name = Reader\n");
  files[kLegacyTokenFile] = R"({"accessToken":"cktest-access1-secret-1","expiresAt":"2026-11-23T01:00:01Z"})";
  services->then(dated(200, keys()));
  CHECK(get());
  CHECK(services->sent()[0].host == "portal.sso.eu-west-1.amazonaws.com");
  time += 1s;
  CHECK(fails().message == "the SSO login of profile \"dev\" expired at 2026-11-23T01:00:01Z");
}

TEST_CASE_FIXTURE(SsoFixture, "a token that the portal does not take any more needs a new login") {
  login("2026-11-23T09:00:00Z");
  services->then(
      reply(401, {{"x-amzn-ErrorType", "UnauthorizedException:"}}, R"({"message":"Session token not found"})"));
  const Error refused = fails();
  CHECK(refused.code == ErrorCode::unauthenticated);
  CHECK(refused.service_code == "UnauthorizedException");
  CHECK(
      refused.message ==
      "the SSO login of profile \"dev\" is not accepted any more at portal.sso.us-east-1.amazonaws.com: Session token "
      "not found");
  CHECK(refused.hint == "run: aws sso login --profile dev");
}

TEST_CASE_FIXTURE(SsoFixture, "a role that was not assigned is named") {
  login("2026-11-23T09:00:00Z");
  services->then(reply(403, {{"x-amzn-ErrorType", "ForbiddenException"}}, R"({"message":"No access"})"));
  const Error refused = fails();
  CHECK(refused.code == ErrorCode::permission_denied);
  CHECK(refused.message ==
        "get credentials of Reader in account 123456789012 at portal.sso.us-east-1.amazonaws.com: No access");
  CHECK(refused.hint == "is this role of this account assigned to you in IAM Identity Center?");
}

TEST_CASE_FIXTURE(SsoFixture, "what the portal cannot have sent is an error without any of it") {
  login("2026-11-23T09:00:00Z");
  const std::string answers[] = {"",
                                 "cktest-sso-secret-1",
                                 "<html>cktest-sso-secret-1</html>",
                                 keys().substr(0, 40),
                                 std::string(1 << 20, '{'),
                                 R"({"roleCredentials":{}})"};
  for (const std::string& answer : answers) {
    CAPTURE(answer.substr(0, 40));
    services->then(dated(200, answer));
    CHECK(
        fails().message.find(" at portal.sso.us-east-1.amazonaws.com: the reply is not one of IAM Identity Center: ") !=
        std::string::npos);
  }
  services->then(dated(200, keys("ASIA\\r\\nX-Evil: 1")));
  CHECK(fails().message == "the credentials from portal.sso.us-east-1.amazonaws.com hold a control character");
  services->then(dated(200, keys("ASIASSO", 1795395600000)));
  CHECK(fails().message ==
        "the credentials from portal.sso.us-east-1.amazonaws.com expired at 2026-11-23T01:00:00Z, and it is "
        "2026-11-23T01:00:00Z there");
}

TEST_CASE_FIXTURE(SsoFixture, "a profile that only has a token in mind says what it lacks") {
  config("[profile dev]\nsso_session = dev\n[sso-session dev]\nsso_region = us-east-1\nsso_start_url = https://corp\n");
  const Error lacks = fails();
  CHECK(lacks.message ==
        "profile \"dev\" has an SSO login, but no sso_account_id and sso_role_name: that gives a token, but no "
        "credentials");
  CHECK(lacks.hint == "run: aws configure sso --profile dev");
}

TEST_CASE_FIXTURE(SsoFixture, "a region that would lead elsewhere is refused before the token is sent") {
  login("2026-11-23T09:00:00Z");
  for (const char* region : {"evil.example/", "us-east-1@evil.example", "us-east-1.evil.example#"}) {
    config(
        "[profile dev]\nsso_session = dev\nsso_account_id = 123456789012\nsso_role_name = Reader\n[sso-session dev]\n"
        "sso_start_url = https://corp\nsso_region = " +
        std::string(region) + "\n");
    CHECK(fails().code == ErrorCode::invalid_argument);
  }
  CHECK(services->sent().empty());
}

// A service account's key, and a user's login: tokens of the token endpoint, and signatures.
#include "core/encode.h"
#include "core/form.h"
#include "surroundings.h"

#include <doctest/doctest.h>

#include <map>
#include <string>

using namespace cloudkit;
using namespace std::chrono_literals;
using nlohmann::json;
using ::test::contains;

namespace {

std::map<std::string, std::string> form_of(const std::string& body) {
  const auto pairs = core::parse_form(body);
  return {pairs.begin(), pairs.end()};
}

std::string refusal(const std::string& code, const std::string& description) {
  return json{{"error", code}, {"error_description", description}}.dump();
}

}  // namespace

TEST_CASE_FIXTURE(GoogleSurroundings, "a service account exchanges a signed assertion for a token") {
  answer_token();
  const auto token = identity(service_account_file())->get({});
  REQUIRE(token);
  CHECK(token->value == "cktest-access-1");
  CHECK(token->expires == time + 1h);
  CHECK(token->source == "the service account robot@project-1.iam.gserviceaccount.com, the credentials in JSON");
  const auto sent = services->sent();
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].host == "oauth2.googleapis.com");
  CHECK(sent[0].path == "/token");
  const auto form = form_of(body(0));
  CHECK(form.at("grant_type") == "urn:ietf:params:oauth:grant-type:jwt-bearer");
  const std::string jwt = form.at("assertion");
  const auto first = jwt.find('.');
  const auto last = jwt.rfind('.');
  CHECK(json::parse(::test::from_base64url(jwt.substr(0, first))) ==
        json{{"alg", "RS256"}, {"typ", "JWT"}, {"kid", "key-1"}});
  CHECK(json::parse(::test::from_base64url(jwt.substr(first + 1, last - first - 1))) ==
        json{{"iss", "robot@project-1.iam.gserviceaccount.com"},
             {"scope", "https://www.googleapis.com/auth/cloud-platform"},
             {"aud", "https://oauth2.googleapis.com/token"},
             {"iat", 1'795'395'600},
             {"exp", 1'795'399'200}});
  CHECK(::test::verifies(::test::rsa_test_key().get(), jwt.substr(0, last),
                         ::test::from_base64url(jwt.substr(last + 1))));
}

TEST_CASE_FIXTURE(GoogleSurroundings, "scopes that the program names go into the assertion") {
  answer_token();
  const auto account = gcp::make_json_identity(service_account_file().dump(), surroundings(), {"scope-a", "scope-b"});
  REQUIRE(account->get({}));
  const std::string jwt = form_of(body(0)).at("assertion");
  const auto claims =
      json::parse(::test::from_base64url(jwt.substr(jwt.find('.') + 1, jwt.rfind('.') - jwt.find('.') - 1)));
  CHECK(claims["scope"] == "scope-a scope-b");
}

TEST_CASE_FIXTURE(GoogleSurroundings, "a service account signs and knows its name and project without any network") {
  const auto account = identity(service_account_file());
  const auto signature = account->sign("to be signed", {});
  REQUIRE(signature);
  CHECK(signature->account == "robot@project-1.iam.gserviceaccount.com");
  CHECK(::test::verifies(::test::rsa_test_key().get(), "to be signed", signature->bytes));
  CHECK(account->account({}).value() == "robot@project-1.iam.gserviceaccount.com");
  CHECK(account->project({}).value() == "project-1");
  CHECK(services->sent().empty());
}

TEST_CASE_FIXTURE(GoogleSurroundings, "a token is kept until shortly before its end, and asked for anew when refused") {
  answer_token("cktest-access-1");
  answer_token("cktest-access-2");
  answer_token("cktest-access-3");
  const auto account = identity(service_account_file());
  const auto first = account->get({}).value();
  time += 54min;
  CHECK(account->get({})->value == "cktest-access-1");
  account->invalidate(first);
  CHECK(account->get({})->value == "cktest-access-2");
  time += 55min;
  CHECK(account->get({})->value == "cktest-access-3");
}

TEST_CASE_FIXTURE(GoogleSurroundings, "why Google refused a service account, and what to do") {
  quiet_log();
  struct Case {
    const char* description;
    const char* hint;
  };
  const Case cases[] = {
      {"Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.",
       "set this machine's clock"},
      {"Invalid JWT Signature.", "the key was deleted, or is another account's: gcloud iam service-accounts keys list"},
      {"Invalid grant: account not found", "the service account was deleted, or its name in the file is wrong"},
      {"Invalid JWT: Failed audience check.", "token_uri in the file is not the one of the endpoint that was asked"},
      {"Bad Request", "the service account may be disabled, its key deleted, or this machine's clock wrong"}};
  const auto account = identity(service_account_file());
  for (const Case& one : cases) {
    answer(400, refusal("invalid_grant", one.description), {{"Date", "Mon, 23 Nov 2026 01:00:00 GMT"}});
    const Error error = error_of(account->get({}));
    CHECK(error.code == ErrorCode::unauthenticated);
    CHECK(error.message ==
          std::string("the credentials in JSON: oauth2.googleapis.com: invalid_grant: ") + one.description);
    CHECK(error.hint == one.hint);
    CHECK(error.service_code == "invalid_grant");
  }
}

TEST_CASE_FIXTURE(GoogleSurroundings, "a clock that is 20 minutes slow is no reason to fail") {
  quiet_log();
  answer(400, refusal("invalid_grant", "Invalid JWT: check iat"), {{"Date", "Mon, 23 Nov 2026 01:20:00 GMT"}});
  answer_token();
  const auto token = identity(service_account_file())->get({});
  REQUIRE(token);
  CHECK(token->expires == time + 1h);
  const std::string jwt = form_of(body(1)).at("assertion");
  CHECK(json::parse(::test::from_base64url(jwt.substr(jwt.find('.') + 1, jwt.rfind('.') - jwt.find('.') - 1)))["iat"] ==
        1'795'396'800);
}

TEST_CASE_FIXTURE(GoogleSurroundings, "an endpoint that is down, or says nonsense") {
  quiet_log();
  const auto account = identity(service_account_file());
  services->then(testing::broken(), http::RetryOptions().max_attempts);
  CHECK(error_of(account->get({})).code == ErrorCode::unavailable);
  answer(404, "<html>cktest-page-1</html>");
  const Error missing = error_of(account->get({}));
  CHECK(missing.code == ErrorCode::unauthenticated);
  CHECK(missing.message == "the credentials in JSON: oauth2.googleapis.com: it answered 404");
  for (const char* nonsense : {"", "[]", "{}", R"({"access_token":"cktest-access-1","expires_in":-1})"}) {
    answer(200, nonsense);
    const Error error = error_of(account->get({}));
    CHECK(error.code == ErrorCode::unauthenticated);
    CHECK(contains(error.message, "oauth2.googleapis.com: what it sent for a token is none: "));
  }
}

TEST_CASE_FIXTURE(GoogleSurroundings, "a user's login exchanges its refresh token, and signs nothing") {
  answer_token();
  const auto user = identity(user_file());
  const auto token = user->get({});
  REQUIRE(token);
  CHECK(token->source == "a user's login, the credentials in JSON");
  CHECK(form_of(body(0)) == std::map<std::string, std::string>{{"grant_type", "refresh_token"},
                                                               {"client_id", "client-1.apps.googleusercontent.com"},
                                                               {"client_secret", "cktest-client-1"},
                                                               {"refresh_token", "cktest-refresh-1"}});
  CHECK(user->project({}).value() == "quota-1");
  CHECK(error_of(user->account({})).code == ErrorCode::unsupported);
  const Error unsigned_error = error_of(user->sign("x", {}));
  CHECK(unsigned_error.code == ErrorCode::unsupported);
  CHECK(unsigned_error.message == "the credentials in JSON is a user's login, which has no key to sign with");
}

TEST_CASE_FIXTURE(GoogleSurroundings, "a login that was revoked says how to log in") {
  quiet_log();
  answer(400, refusal("invalid_grant", "Token has been expired or revoked: cktest-refresh-1"));
  const Error error = error_of(identity(user_file())->get({}));
  CHECK(error.code == ErrorCode::unauthenticated);
  CHECK(error.message ==
        "the credentials in JSON: oauth2.googleapis.com: invalid_grant: Token has been expired or revoked: ...");
  CHECK(error.hint == "log in anew: gcloud auth application-default login");
}

// Acting as a service account, by the IAM Credentials API.
#include "surroundings.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace std::chrono_literals;
using nlohmann::json;
using ::test::contains;

namespace {

constexpr const char* kImpersonatedToken = R"({"accessToken":"cktest-access-1","expireTime":"2026-11-23T02:00:00Z"})";

std::string api_error(int code, const std::string& status, const std::string& message) {
  return json{{"error", {{"code", code}, {"status", status}, {"message", message}}}}.dump();
}

struct ImpersonationFixture : GoogleSurroundings {
  gcp::ImpersonationOptions options = {};

  ImpersonationFixture() {
    options.identity = gcp::identity_from_token({"cktest-own-1", {}, {}});
    options.service_account = "robot@p.test";
  }
  std::shared_ptr<gcp::Identity> acting() { return gcp::make_impersonation(options, surroundings()); }
};

}  // namespace

TEST_CASE_FIXTURE(ImpersonationFixture, "who asks shows its own token, and gets one of the account's") {
  options.delegates = {"one@p.test"};
  options.scopes = {"scope-a", "scope-b"};
  options.lifetime = 600s;
  answer(200, kImpersonatedToken);
  const auto account = acting();
  const auto token = account->get({});
  REQUIRE(token);
  CHECK(token->value == "cktest-access-1");
  CHECK(token->expires == time + 1h);
  CHECK(token->source == "the service account robot@p.test, the program's impersonation");
  const auto request = services->sent().at(0);
  CHECK(request.host == "iamcredentials.googleapis.com");
  CHECK(http::encode_target(request) == "/v1/projects/-/serviceAccounts/robot%40p.test:generateAccessToken");
  CHECK(request.headers.get("authorization") == "Bearer cktest-own-1");
  CHECK(json::parse(body(0)) == json{{"delegates", {"projects/-/serviceAccounts/one@p.test"}},
                                     {"scope", {"scope-a", "scope-b"}},
                                     {"lifetime", "600s"}});
  CHECK(account->account({}).value() == "robot@p.test");
}

TEST_CASE_FIXTURE(ImpersonationFixture, "the end is by the service's clock") {
  quiet_log();
  answer(200, R"({"accessToken":"cktest-access-1","expireTime":"2026-11-23T04:00:00Z"})",
         {{"Date", "Mon, 23 Nov 2026 03:00:00 GMT"}});
  CHECK(acting()->get({})->expires == time + 1h);
}

TEST_CASE_FIXTURE(ImpersonationFixture, "it signs by the account's key, which never leaves Google") {
  answer(200, R"({"keyId":"k","signedBlob":"AAH/"})");
  const auto signature = acting()->sign(std::string_view("to\0sign", 7), {});
  REQUIRE(signature);
  CHECK(signature->account == "robot@p.test");
  CHECK(signature->bytes == std::string("\0\x01\xFF", 3));
  CHECK(http::encode_target(services->sent().at(0)) == "/v1/projects/-/serviceAccounts/robot%40p.test:signBlob");
  CHECK(json::parse(body(0)) == json{{"payload", "dG8Ac2lnbg=="}});
}

TEST_CASE_FIXTURE(ImpersonationFixture, "who may not act as the account is told what is missing") {
  quiet_log();
  answer(403, api_error(403, "PERMISSION_DENIED",
                        "Permission 'iam.serviceAccounts.getAccessToken' denied for cktest-own-1 on resource"));
  const Error denied = error_of(acting()->get({}));
  CHECK(denied.code == ErrorCode::permission_denied);
  CHECK(denied.service_code == "PERMISSION_DENIED");
  CHECK(denied.message ==
        "the program's impersonation: acting as robot@p.test: iamcredentials.googleapis.com: it answered 403: "
        "Permission 'iam.serviceAccounts.getAccessToken' denied for ... on resource");
  CHECK(denied.hint == "who asks needs the role roles/iam.serviceAccountTokenCreator on that account");
  answer(404, api_error(404, "NOT_FOUND", "Not found; Gaia id not found for email robot@p.test"));
  const Error missing = error_of(acting()->sign("x", {}));
  CHECK(missing.code == ErrorCode::unauthenticated);
  CHECK(missing.hint == "there is no such service account");
}

TEST_CASE_FIXTURE(ImpersonationFixture, "a token of its own that is refused is refreshed once") {
  quiet_log();
  answer(401, api_error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."));
  answer(200, kImpersonatedToken);
  CHECK(acting()->get({}));
  CHECK(services->sent().size() == 2);
}

TEST_CASE_FIXTURE(ImpersonationFixture, "replies without a token or a signature") {
  quiet_log();
  for (const char* nonsense : {"", "[]", "{}", R"({"accessToken":""})", R"({"accessToken":"cktest-access-1"})",
                               R"({"accessToken":"cktest-access-1","expireTime":"soon"})", R"({"accessToken":7})"}) {
    answer(200, nonsense);
    CHECK(error_of(acting()->get({})).code == ErrorCode::unauthenticated);
  }
  answer(200, R"({"accessToken":"cktest-access-1","expireTime":"2026-11-23T00:59:59Z"})");
  CHECK(contains(error_of(acting()->get({})).message, "expired at 2026-11-23T00:59:59Z"));
  for (const char* nonsense : {"<html>", "{}", R"({"signedBlob":""})", R"({"signedBlob":"!"})"}) {
    answer(200, nonsense);
    CHECK(error_of(acting()->sign("x", {})).code == ErrorCode::unauthenticated);
  }
}

TEST_CASE_FIXTURE(ImpersonationFixture, "what a program asks wrongly is said before anybody is asked") {
  const auto wrong = [this] { return error_of(acting()->get({})).message; };
  options.lifetime = 0s;
  CHECK(wrong() == "a token lasts from 1 second to 12 hours (43200 seconds), not 0 seconds");
  options.lifetime = 43'201s;
  CHECK(wrong() == "a token lasts from 1 second to 12 hours (43200 seconds), not 43201 seconds");
  options.lifetime = 1h;
  options.service_account = "";
  CHECK(wrong() == "ImpersonationOptions::service_account is empty");
  options.service_account = "robot";
  options.delegates = {"a/b"};
  CHECK(wrong() == "a service account is named by its e-mail address");
  CHECK(services->sent().empty());
}

TEST_CASE_FIXTURE(ImpersonationFixture, "an impersonation in a file asks by its own source") {
  json file = {{"type", "impersonated_service_account"},
               {"service_account_impersonation_url", kImpersonationUrl},
               {"delegates", json::array()},
               {"source_credentials", user_file()}};
  answer_token("cktest-user-1");
  answer(200, kImpersonatedToken);
  const auto account = identity(file);
  REQUIRE(account->get({}));
  CHECK(services->sent().at(1).headers.get("authorization") == "Bearer cktest-user-1");
  CHECK(account->project({}).value() == "quota-1");
}

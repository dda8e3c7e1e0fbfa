#include "auth/oauth.h"

#include "auth/jwt.h"
#include "auth/received.h"
#include "core/encode.h"
#include "core/form.h"
#include "crypto/rsa.h"
#include "now.h"
#include "support/contains.h"
#include "support/rsa_test_key.h"
#include "support/scripted_transport.h"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

using namespace cloudkit;
using namespace std::chrono_literals;
using ::test::contains;
using testing::reply;

namespace {

// A token endpoint in memory, to which an assertion goes.
struct OauthFixture {
  std::shared_ptr<testing::ScriptedTransport> endpoint = std::make_shared<testing::ScriptedTransport>();
  std::vector<core::TimePoint> made = {};

  Result<AccessToken> ask() {
    auth::TokenGrant grant;
    grant.endpoint.host = "token.test";
    grant.form = [this](core::TimePoint now) -> Result<http::Query> {
      made.push_back(now);
      return http::Query{{"grant_type", "test"}, {"assertion", "cktest-assertion-" + std::to_string(made.size())}};
    };
    auth::Surroundings surroundings{{}, endpoint, {}};
    surroundings.hooks.now = [] { return kNow; };
    surroundings.hooks.wait = [](const Context& context, std::chrono::milliseconds) { return context.check(); };
    auto token = auth::ask_for_token(grant, surroundings, {});
    if (!token) CHECK_FALSE(contains(token.error().to_string(), "cktest-"));
    return token;
  }
};

std::string refusal_json(const char* code, const std::string& description = "no") {
  return std::string(R"({"error":")") + code + R"(","error_description":")" + description + "\"}";
}

std::string reply_problem(const std::string& json) {
  const auto token = auth::read_token_reply(json, kNow);
  REQUIRE_FALSE(token);
  CHECK(token.error().code == ErrorCode::unauthenticated);
  CHECK_FALSE(contains(token.error().to_string(), "cktest-"));
  return token.error().message;
}

}  // namespace

TEST_CASE_FIXTURE(OauthFixture, "a form goes to the endpoint, a token with an end comes back") {
  endpoint->then([](const http::Request& request, http::BodyReceiver*, const Context&) {
    CHECK(request.method == http::Method::post);
    CHECK(request.headers.get("content-type") == "application/x-www-form-urlencoded");
    CHECK(request.body.view() == "grant_type=test&assertion=cktest-assertion-1");
    return reply(200, {}, R"({"access_token":"cktest-access-1","expires_in":3599,"token_type":"Bearer"})")(request,
                                                                                                           nullptr, {});
  });
  const auto token = ask();
  REQUIRE(token);
  CHECK(token->value == "cktest-access-1");
  CHECK(token->expires == kNow + 3599s);
}

TEST_CASE("lifetimes: as a string, none, too long, and what is none") {
  const auto read = [](const std::string& more) {
    return auth::read_token_reply(R"({"access_token":"cktest-access-1")" + more + "}", kNow);
  };
  CHECK(read(R"(,"expires_in":"86399")")->expires == kNow + 86399s);
  CHECK_FALSE(read("")->expires.has_value());
  CHECK(read(R"(,"expires_in":18446744073709551615)")->expires == kNow + 24h);
  for (const char* bad : {"0", "-1", "3600.5", "\"\"", "\"-5\"", "null", "[]", "99999999999999999999999"}) {
    CAPTURE(bad);
    const auto token = read(std::string(R"(,"expires_in":)") + bad);
    REQUIRE_FALSE(token);
    CHECK(token.error().message == "what it sent for a token is none: expires_in is no number of seconds above 0");
  }
}

TEST_CASE("a reply that holds no token says what is wrong, and nothing of what it holds") {
  CHECK(contains(reply_problem(""), "what it sent for a token is none: "));
  CHECK(contains(reply_problem("<html>cktest-page-1</html>"), "what it sent for a token is none: "));
  CHECK(reply_problem("{}") == "what it sent for a token is none: access_token is missing or empty");
  CHECK(reply_problem("[]") == "what it sent for a token is none: access_token is missing or empty");
  CHECK(reply_problem(R"({"access_token":""})") ==
        "what it sent for a token is none: access_token is missing or empty");
  CHECK(reply_problem(R"({"access_token":"cktest-a-1\r\nx: y"})") ==
        "what it sent for a token is none: access_token has control characters");
  CHECK(reply_problem(R"({"access_token":"cktest-a-1","token_type":"mac"})") ==
        "what it sent for a token is none: token_type is not Bearer");
}

TEST_CASE_FIXTURE(OauthFixture, "a refusal has the endpoint's code and words, but not what it quotes of the form") {
  endpoint->then(reply(400, {}, refusal_json("invalid_grant", "Bad JWT 'cktest-assertion-1' of x@y.test.")));
  const auto token = ask();
  REQUIRE_FALSE(token);
  CHECK(token.error().code == ErrorCode::unauthenticated);
  CHECK(token.error().service_code == "invalid_grant");
  CHECK(token.error().http_status == 400);
  CHECK(token.error().message == "invalid_grant: Bad JWT '...' of x@y.test.");
}

TEST_CASE_FIXTURE(OauthFixture, "each code of OAuth has its meaning") {
  const std::pair<const char*, ErrorCode> codes[] = {
      {"invalid_request", ErrorCode::invalid_argument},   {"invalid_scope", ErrorCode::invalid_argument},
      {"unsupported_grant_type", ErrorCode::unsupported}, {"access_denied", ErrorCode::permission_denied},
      {"invalid_client", ErrorCode::unauthenticated},     {"invalid_target", ErrorCode::unauthenticated},
      {"never_heard_of", ErrorCode::unauthenticated}};
  for (const auto& [code, meaning] : codes) {
    endpoint->then(reply(401, {}, refusal_json(code)));
    const auto token = ask();
    REQUIRE_FALSE(token);
    CHECK(token.error().code == meaning);
    CHECK(token.error().message == std::string(code) + ": no");
  }
}

TEST_CASE_FIXTURE(OauthFixture, "what is no refusal of OAuth's is told by its status; an outage is waited for") {
  endpoint->then(reply(404, {}, "<html>cktest-page-1</html>"));
  CHECK(ask().error().message == "it answered 404");
  endpoint->then(reply(400, {}, R"({"error":"<b>cktest-x-1</b>"})"));
  CHECK(ask().error().message == "it answered 400");
  endpoint->then(reply(503, {}, refusal_json("temporarily_unavailable")))
      .then(reply(429))
      .then(reply(200, {}, R"({"access_token":"cktest-access-1"})"));
  CHECK(ask());
  CHECK(made.size() == 5);
}

TEST_CASE_FIXTURE(OauthFixture, "an assertion that a wrong clock spoilt is made again by the endpoint's clock") {
  endpoint->then(reply(400, {{"Date", "Mon, 23 Nov 2026 01:20:00 GMT"}}, refusal_json("invalid_grant", "check iat")))
      .then(reply(200, {}, R"({"access_token":"cktest-access-1","expires_in":3600})"));
  const auto token = ask();
  REQUIRE(token);
  REQUIRE(made.size() == 2);
  CHECK(made[0] == kNow);
  CHECK(made[1] == kNow + 20min);
  // The lifetime is by our own clock, which is the one that it is held against.
  CHECK(token->expires == kNow + 1h);
}

TEST_CASE_FIXTURE(OauthFixture, "with a right clock a refusal is final") {
  endpoint->then(reply(400, {{"Date", "Mon, 23 Nov 2026 01:00:02 GMT"}}, refusal_json("invalid_grant", "check iat")));
  CHECK(ask().error().message == "invalid_grant: check iat");
  CHECK(endpoint->sent().size() == 1);
}

TEST_CASE("secrets are taken out of what their receiver says") {
  CHECK(auth::without_secrets("the token \"cktest-quoted-1\" is bad", "cktest-quoted-1") == "the token \"...\" is bad");
  CHECK(auth::without_secrets("part quoted-1", "cktest-quoted-1") == "part ...");
  CHECK(auth::without_secrets("a short", "a short") == "a short");
  CHECK(auth::without_secrets("", "") == "");
  CHECK(auth::without_secrets("line\nend", "") == "line?end");
  CHECK(auth::without_secrets(std::string(5000, 'x'), "").size() <= 303);
}

TEST_CASE("secrets are taken out whatever stands around them") {
  const std::string secret = "cktest-quoted-1";
  const std::pair<const char*, const char*> cases[] = {
      {"bad: cktest-quoted-1.", "bad: ...."},
      {"client_secret=cktest-quoted-1 is wrong", "client_secret=... is wrong"},
      {"a=cktest-quoted-1&b=cktest-quoted-1?", "a=...&b=...?"},
      {"|cktest-quoted-1|cktest-quoted-1/x", "|...|.../x"},
      {"cktest-quoted-1cktest-quoted-1", "..."},
      {"xcktest-quoted-1x", "x...x"},
  };
  for (const auto& row : cases) CHECK(auth::without_secrets(row.first, secret) == row.second);
  CHECK(auth::without_secrets("is ck(te,st-quot)ed1!", "ck(te,st-quot)ed1") == "is ...!");
  // Where several secrets begin alike, it is the longest that is hidden.
  CHECK(auth::without_secrets("is cktest-quoted-2.", "cktest-quoted-1\ncktest-quoted-2") == "is ....");
  // Pathological, but done at once.
  CHECK(auth::without_secrets(std::string(60'000, 'a') + "b", std::string(60'000, 'a')) == "...");
}

TEST_CASE("a refusal shows nothing of any header, of Basic's password, nor of a form that was not decoded") {
  http::Request sent;
  sent.headers.set("Authorization", "Basic " + core::base64_encode("id-1:cktest-basic+1"));
  sent.headers.set("X-IDENTITY-HEADER", "cktest-header-1");
  sent.headers.set("Content-Type", "application/x-www-form-urlencoded");
  const std::string form = core::write_form({{"client_secret", "cktest-form+(1"}, {"scope", "devstorage"}});
  sent.body = form;
  const auto said = [&](const std::string& description) {
    http::Response answer;
    answer.status = 401;
    answer.body = refusal_json("invalid_client", description);
    return auth::judge_token_reply(sent, answer)->error.message;
  };
  CHECK(said("is cktest-basic+1.") == "invalid_client: is ....");
  CHECK(said("is cktest-basic%2B1.") == "invalid_client: is ....");
  CHECK(said("got x-identity-header=cktest-header-1.") == "invalid_client: got x-identity-header=....");
  CHECK(said("client_secret=cktest-form+(1, or") == "invalid_client: client_secret=..., or");
  CHECK(said("client_secret=cktest-form%2B%281, or") == "invalid_client: client_secret=..., or");
  CHECK(said("scope devstorage, no application/x-www-form-urlencoded") ==
        "invalid_client: scope devstorage, no application/x-www-form-urlencoded");
}

TEST_CASE("the scheme of a header is no part of its secret") {
  CHECK(auth::without_scheme("Bearer cktest-own-1") == "cktest-own-1");
  CHECK(auth::without_scheme("cktest-own-1") == "cktest-own-1");
  CHECK(auth::without_scheme("") == "");
  CHECK(auth::without_secrets("denied for cktest-own-1", auth::without_scheme("Bearer cktest-own-1")) ==
        "denied for ...");
}

TEST_CASE("a JSON Web Token has three parts, and its key's signature") {
  EVP_PKEY* pair = ::test::rsa_test_key().get();
  const auto key = crypto::RsaKey::from_pem(::test::private_pem(pair)).value();
  const std::string token = auth::sign_jwt(key, "id-1", R"({"iss":"a@b.test"})");
  const auto first = token.find('.');
  const auto last = token.rfind('.');
  CHECK(::test::from_base64url(token.substr(0, first)) == R"({"alg":"RS256","typ":"JWT","kid":"id-1"})");
  CHECK(token.substr(first + 1, last - first - 1) == core::base64url_encode(R"({"iss":"a@b.test"})"));
  CHECK(::test::verifies(pair, token.substr(0, last), ::test::from_base64url(token.substr(last + 1))));
  CHECK(::test::from_base64url(auth::sign_jwt(key, "", "{}").substr(0, 36)) == R"({"alg":"RS256","typ":"JWT"})");
}

TEST_CASE("an end by another clock is moved to ours, where they differ by more than the network takes") {
  http::Headers headers;
  CHECK(auth::by_our_clock(kNow + 1h, headers, kNow) == kNow + 1h);
  headers.set("Date", "Mon, 23 Nov 2026 01:03:00 GMT");
  CHECK(auth::by_our_clock(kNow + 1h, headers, kNow) == kNow + 1h);
  headers.set("Date", "Mon, 23 Nov 2026 03:00:00 GMT");
  CHECK(auth::by_our_clock(kNow + 3h, headers, kNow) == kNow + 1h);
}

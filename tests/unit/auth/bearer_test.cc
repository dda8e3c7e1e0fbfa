#include "auth/bearer.h"

#include "core/fail.h"
#include "support/scripted_transport.h"

#include <cloudkit/driver/http.h>

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace cloudkit;

namespace {

// Tokens one after the other, each until it is refused.
class Tokens final : public TokenSource {
 public:
  explicit Tokens(std::vector<Result<AccessToken>> answers) : answers_(std::move(answers)) {}

  Result<AccessToken> get(const Context&) override {
    ++asked;
    return answers_.front();
  }
  void invalidate(const AccessToken& rejected) override {
    refused.push_back(rejected.value);
    if (answers_.size() > 1) answers_.erase(answers_.begin());
  }

  int asked = 0;
  std::vector<std::string> refused = {};

 private:
  std::vector<Result<AccessToken>> answers_;
};

std::shared_ptr<Tokens> tokens(std::vector<Result<AccessToken>> answers) {
  return std::make_shared<Tokens>(std::move(answers));
}

AccessToken token(std::string value) { return {std::move(value), {}, "a test"}; }

http::Request to(std::string scheme, std::string host) {
  http::Request request;
  request.scheme = std::move(scheme);
  request.host = std::move(host);
  return request;
}

}  // namespace

TEST_CASE("each attempt shows the token of the day in place of the last one's") {
  const auto source = tokens({token("cktest-bearer-1"), token("cktest-bearer-2")});
  auth::BearerSigner signer(source);
  http::Request request = to("https", "storage.test");
  CHECK(signer.identity().empty());
  REQUIRE(signer.sign(request, {}, {}));
  CHECK(request.headers.get("authorization") == "Bearer cktest-bearer-1");
  CHECK(signer.identity() == "a test");
  CHECK(signer.refresh(request));
  CHECK(source->refused == std::vector<std::string>{"cktest-bearer-1"});
  REQUIRE(signer.sign(request, {}, {}));
  CHECK(request.headers.get("authorization") == "Bearer cktest-bearer-2");
  CHECK(request.headers.size() == 1);
}

TEST_CASE("a client whose token is refused shows the next one, once") {
  const auto source = tokens({token("cktest-bearer-1"), token("cktest-bearer-2"), token("cktest-bearer-3")});
  const auto transport = std::make_shared<testing::ScriptedTransport>(testing::reply(401));
  http::ClientOptions options;
  options.transport = transport;
  options.signer = std::make_shared<auth::BearerSigner>(source);
  options.classifier = [](const http::Request&, const http::Response& reply, bool) {
    return http::Failure{Error(ErrorCode::unauthenticated, "refused " + std::to_string(reply.status)),
                         http::Failure::Remedy::refresh_credentials};
  };
  const auto sent = http::Client(options).send(to("https", "storage.test"), {});
  REQUIRE_FALSE(sent);
  CHECK(sent.error().message == "refused 401");
  REQUIRE(transport->sent().size() == 2);
  CHECK(transport->sent()[1].headers.get("authorization") == "Bearer cktest-bearer-2");
}

TEST_CASE("plain http shows a token to this machine only, and to others where it was said") {
  const auto source = tokens({token("cktest-bearer-1")});
  for (const char* host : {"127.0.0.1:9000", "localhost", "[::1]:80"}) {
    http::Request request = to("http", host);
    CHECK(auth::BearerSigner(source).sign(request, {}, {}));
  }
  CHECK(source->asked == 3);
  http::Request request = to("http", "storage.test:9000");
  request.headers.set("Authorization", "Bearer cktest-bearer-0");
  const auto refused = auth::BearerSigner(source).sign(request, {}, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::invalid_argument);
  CHECK(refused.error().message == "storage.test:9000: plain http would show an access token to the network");
  CHECK(refused.error().hint == "use https, or say allow_http when the network is trusted");
  CHECK(request.headers.size() == 0);
  CHECK(source->asked == 3);
  CHECK(auth::BearerSigner(source, true).sign(request, {}, {}));
}

TEST_CASE("what is no token goes into no header, and into no message") {
  http::Request request = to("https", "storage.test");
  const auto refusal = [&](std::shared_ptr<TokenSource> source) {
    const auto status = auth::BearerSigner(std::move(source)).sign(request, {}, {});
    REQUIRE_FALSE(status);
    CHECK(status.error().code == ErrorCode::unauthenticated);
    CHECK(request.headers.size() == 0);
    return status.error().message;
  };
  CHECK(refusal(tokens({token("")})) == "the access token from a test is empty");
  for (const char* broken :
       {"cktest-bearer-1\r\nX: 1", "cktest-bearer 1", "cktest-bearer-1\x7F", "cktest-b\xC3\xA9-1"}) {
    CHECK(refusal(tokens({token(broken)})) == "the access token from a test holds a character that no token has");
  }
  CHECK(refusal(tokens({AccessToken{}})) == "the access token is empty");
  CHECK(refusal(tokens({core::fail(ErrorCode::unauthenticated, "nobody is here")})) == "nobody is here");
  CHECK(refusal(nullptr) == "no source of access tokens was given");
}

TEST_CASE("a request that shows no token has none that could be renewed") {
  const auto source = tokens({token("cktest-bearer-1")});
  auth::BearerSigner signer(source);
  http::Request request = to("https", "storage.test");
  CHECK_FALSE(signer.refresh(request));
  request.headers.set("Authorization", "Basic cktest-basic-1");
  CHECK_FALSE(signer.refresh(request));
  CHECK(source->refused.empty());
}

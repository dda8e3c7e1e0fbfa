#include "fixture.h"

#include <doctest/doctest.h>

#include <string>

// What becomes of a HEAD that is refused: its reply has no body to say why.
using namespace cloudkit;
using namespace cloudkit::testing;

namespace {

ScriptedTransport::Step found() {
  return reply(200, {{"ETag", "\"abc\""}, {"Content-Length", "5"}, {"Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"}});
}

// Keys that are new after each refusal.
class RotatingKeys final : public CredentialSource {
 public:
  Result<Credentials> get(const Context&) override {
    return Credentials{"AKIDROTATING" + std::to_string(turn), "cktest-rotating-secret-5d02", "session", {}, "the test"};
  }
  void invalidate(const Credentials&) override { ++turn; }
  int turn = 1;
};

struct Rotating : Fixture {
  std::shared_ptr<RotatingKeys> keys;
  explicit Rotating(std::shared_ptr<RotatingKeys> made = std::make_shared<RotatingKeys>())
      : Fixture(with(made)), keys(std::move(made)) {}

  static S3Options with(std::shared_ptr<CredentialSource> keys) {
    auto options = in_region("us-west-2");
    options.credentials = std::move(keys);
    return options;
  }
  // "HEAD 1, GET 1, …": the methods that were sent, each with the turn of its keys.
  std::string exchanges() const {
    std::string out;
    for (const auto& request : transport->sent()) {
      const auto authorization = request.headers.get("authorization");
      const auto turn = authorization.substr(authorization.find("AKIDROTATING") + 12, 1);
      out += fmt::format("{}{} {}", out.empty() ? "" : ", ", to_string(request.method), turn);
    }
    return out;
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "trap 15: a HEAD refused by 400 or 403 is asked again by GET for the reason") {
  transport->then(reply(403));
  transport->then(reply(403, {}, error_body("InvalidAccessKeyId")));
  const auto error = bucket->head("k", {}).error();
  CHECK(error.code == ErrorCode::unauthenticated);
  CHECK(error.service_code == "InvalidAccessKeyId");
  CHECK(sent()[1] == "GET https://reports.s3.us-west-2.amazonaws.com/k\nrange: bytes=0-0\n");
}

TEST_CASE("trap 15: a HEAD refused for expired credentials is made again with new ones") {
  const auto after_refresh = {
      reply(206, {{"Content-Range", "bytes 0-0/5"}, {"Content-Length", "1"}}, "h"),
      reply(416, {}, error_body("InvalidRange")),  // The object is empty.
      reply(304),                                  // For head with not_match.
      reply(404, {}, error_body("NoSuchKey")),
  };
  for (const int refusal : {400, 403}) {
    for (const auto& answer : after_refresh) {
      Rotating service;
      service.transport->then(reply(refusal));
      service.transport->then(reply(400, {}, error_body("ExpiredToken")));
      service.transport->then(answer);
      service.transport->then(found());
      const auto info = service.bucket->head("k", {});
      REQUIRE(info);
      CHECK(info->size == 5);
      CHECK(service.exchanges() == "HEAD 1, GET 1, GET 2, HEAD 2");
    }
  }
}

TEST_CASE("trap 15: a HEAD that stays refused says why") {
  Rotating service;
  service.transport->then(reply(400));
  service.transport->then(reply(400, {}, error_body("ExpiredToken")), 2);
  const auto error = service.bucket->head("k", {}).error();
  CHECK(error.code == ErrorCode::unauthenticated);
  CHECK(error.service_code == "ExpiredToken");
  CHECK(service.exchanges() == "HEAD 1, GET 1, GET 2");
}

TEST_CASE_FIXTURE(Fixture, "trap 15: a HEAD refused for a wrong clock is made again with the service's time") {
  transport->then(reply(403, {{"Date", "Fri, 24 May 2013 00:20:00 GMT"}}));
  transport->then(found());
  CHECK(bucket->head("k", {}));
  REQUIRE(transport->sent().size() == 2);
  CHECK(transport->sent()[0].headers.get("x-amz-date") == "20130524T000000Z");
  CHECK(transport->sent()[1].headers.get("x-amz-date") == "20130524T002000Z");
}

TEST_CASE("trap 15: a bucket that HEAD refuses for expired credentials is asked for again by a list") {
  Rotating service;
  service.transport->then(reply(403));
  service.transport->then(reply(400, {}, error_body("ExpiredToken")));
  service.transport->then(reply(200, {}, "<ListBucketResult/>"));
  const auto exists = service.store->bucket_exists("reports", {});
  CHECK(exists.value());
  CHECK(service.exchanges() == "HEAD 1, GET 1, GET 2");
}

// What is repaired between two attempts: credentials and the clock.
#include "client_fixture.h"
#include "core/fail.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::http;
using namespace cloudkit::testing;
using namespace std::chrono_literals;

namespace {

struct TestSigner final : Signer {
  int key = 1;
  bool can_refresh = true;
  int refreshed = 0;
  Status refusal = {};

  Status sign(Request& request, core::TimePoint now, const Context&) override {
    if (!refusal) return refusal;
    request.headers.set("date-signed", core::format_http_date(now));
    request.headers.set("authorization", "key " + std::to_string(key));
    return {};
  }
  bool refresh(const Request& request) override {
    CHECK(request.headers.get("authorization") == "key " + std::to_string(key));
    ++refreshed;
    if (can_refresh) ++key;
    return can_refresh;
  }
};

struct Signed : ClientFixture {
  std::shared_ptr<TestSigner> signer = std::make_shared<TestSigner>();
  Signed() { options.signer = signer; }

  std::string sent_header(std::size_t index, std::string_view name) const {
    return std::string(service->sent().at(index).headers.get(name));
  }
  std::string date_in(std::chrono::seconds skew) const { return core::format_http_date(time + skew); }
  ScriptedTransport::Step skewed(std::chrono::seconds skew, const char* code = "RequestTimeTooSkewed") const {
    return reply(403, {{"code", code}, {"Date", date_in(skew)}});
  }
};

}  // namespace

TEST_CASE_FIXTURE(Signed, "every attempt is signed anew, with its own time") {
  service->then(reply(503, {{"Retry-After", "10"}})).then(reply(200));
  CHECK(send());
  CHECK(sent_header(0, "date-signed") == "Mon, 23 Nov 2026 01:00:00 GMT");
  CHECK(sent_header(1, "date-signed") == "Mon, 23 Nov 2026 01:00:10 GMT");
  CHECK(service->sent().at(1).headers.size() == 2);
}

TEST_CASE_FIXTURE(Signed, "without credentials nothing is sent") {
  signer->refusal = core::fail(ErrorCode::unauthenticated, "no credentials");
  const auto result = send();
  CHECK(result.error().code == ErrorCode::unauthenticated);
  CHECK(result.error().attempts == 0);
  CHECK(sent() == 0);
}

TEST_CASE_FIXTURE(Signed, "expired credentials are replaced once, at once, even where nothing may be retried") {
  options.retry.max_attempts = 1;
  options.retry.quota = 0;
  service->then(reply(400, {{"code", "ExpiredToken"}})).then(reply(200));
  Request once = request(Method::post);
  once.idempotent = false;
  CHECK(send(once));
  CHECK(sent_header(1, "authorization") == "key 2");
  CHECK(waits.empty());
}

TEST_CASE_FIXTURE(Signed, "credentials that are refused again are the end") {
  service->then(reply(400, {{"code", "ExpiredToken"}}), 3);
  const auto result = send();
  CHECK(result.error().code == ErrorCode::unauthenticated);
  CHECK(result.error().attempts == 2);
  CHECK(signer->refreshed == 1);
  CHECK(sent() == 2);
}

TEST_CASE_FIXTURE(Signed, "a signer without other credentials ends the call") {
  signer->can_refresh = false;
  service->then(reply(400, {{"code", "ExpiredToken"}}));
  CHECK(send().error().service_code == "ExpiredToken");
  CHECK(sent() == 1);
}

TEST_CASE_FIXTURE(ClientFixture, "an unsigned request has nothing to repair") {
  service->then(reply(400, {{"code", "ExpiredToken"}}));
  CHECK_FALSE(send());
  service->then(reply(403, {{"code", "RequestTimeTooSkewed"}, {"Date", "Mon, 23 Nov 2026 05:00:00 GMT"}}));
  CHECK_FALSE(send());
  CHECK(sent() == 2);
}

TEST_CASE_FIXTURE(Signed, "a wrong clock is corrected once, for later requests and presigned URLs too") {
  for (const auto skew : {std::chrono::seconds(20min), std::chrono::seconds(-3h)}) {
    service->then(skewed(skew)).then(reply(200));
    const std::size_t before = sent();
    CHECK(send());
    CHECK(sent_header(before + 1, "date-signed") == date_in(skew));
    CHECK(client().now() == time + skew);

    service->then(reply(200));
    CHECK(send());
    CHECK(sent_header(before + 2, "date-signed") == date_in(skew));
  }
  CHECK(waits.empty());
}

TEST_CASE_FIXTURE(Signed, "a machine that started in 1970 finds its time") {
  time = {};
  service->then(reply(403, {{"code", "RequestTimeTooSkewed"}, {"Date", "Mon, 23 Nov 2026 01:00:00 GMT"}}))
      .then(reply(200));
  CHECK(send());
  CHECK(sent_header(1, "date-signed") == "Mon, 23 Nov 2026 01:00:00 GMT");
}

TEST_CASE_FIXTURE(Signed, "a clock that is refused after its correction is the end") {
  service->then(skewed(20min), 3);
  const auto result = send();
  CHECK(result.error().code == ErrorCode::unauthenticated);
  CHECK(result.error().service_code == "RequestTimeTooSkewed");
  CHECK(sent() == 2);
}

TEST_CASE_FIXTURE(Signed, "a bad signature is blamed on the clock only when it is wrong by more than four minutes") {
  for (const char* code : {"SignatureDoesNotMatch", "InvalidSignatureException", "AuthFailure", ""}) {
    CAPTURE(code);
    const std::size_t before = sent();
    service->then(skewed(4min, code));
    CHECK_FALSE(send());
    CHECK(sent() == before + 1);
  }
  service->then(skewed(4min + 1s, "SignatureDoesNotMatch")).then(reply(200));
  CHECK(send());
}

TEST_CASE_FIXTURE(Signed, "a request that has expired under a right clock was signed with credentials that have") {
  service->then(skewed(0s, "RequestExpired")).then(reply(200));
  CHECK(send());
  CHECK(sent_header(1, "authorization") == "key 2");
  CHECK(client().now() == time);

  service->then(skewed(20min, "RequestExpired")).then(reply(200));
  CHECK(send());
  CHECK(sent_header(3, "date-signed") == date_in(20min));
  CHECK(signer->refreshed == 1);

  service->then(skewed(20min, "RequestExpired"), 2);
  CHECK(send().error().code == ErrorCode::unauthenticated);
  CHECK(signer->refreshed == 2);
  CHECK(sent() == 6);
}

TEST_CASE_FIXTURE(Signed, "a bad signature is not blamed on a clock that was corrected already") {
  service->then(skewed(20min)).then(reply(200));
  CHECK(send());
  service->then(skewed(20min, "SignatureDoesNotMatch"));
  CHECK(send().error().service_code == "SignatureDoesNotMatch");
  CHECK(sent() == 3);
}

TEST_CASE_FIXTURE(Signed, "a request signed before another corrected the clock still gets its second try") {
  const auto refused = skewed(20min, "SignatureDoesNotMatch");
  service->then([&](const Request& first, BodyReceiver* receiver, const Context& context) {
    // While the first is on its way, another request finds the skew and repairs it.
    service->then(skewed(20min)).then(reply(200));
    CHECK(send());
    service->then(reply(200));
    return refused(first, receiver, context);
  });
  CHECK(send());
  CHECK(sent() == 4);
  CHECK(sent_header(3, "date-signed") == date_in(20min));
}

TEST_CASE_FIXTURE(Signed, "a Date that is missing, garbled or absurd changes nothing") {
  service->then(reply(403, {{"code", "SignatureDoesNotMatch"}}))
      .then(reply(403, {{"code", "SignatureDoesNotMatch"}, {"Date", "soon"}}))
      .then(reply(403, {{"code", "SignatureDoesNotMatch"}, {"Date", "Fri, 31 Dec 9999 23:59:59 GMT"}}))
      .then(reply(403, {{"code", "SignatureDoesNotMatch"}, {"Date", "Sat, 01 Jan 0001 00:00:00 GMT"}}));
  for (int i = 0; i < 4; ++i) CHECK_FALSE(send());
  CHECK(sent() == 4);
  CHECK(client().now() == time);
}

TEST_CASE_FIXTURE(Signed, "a service that insists on skew but names no time gets one fresh signature") {
  // The request may have waited in a queue since it was signed.
  service->then(reply(403, {{"code", "RequestTimeTooSkewed"}}), 2);
  CHECK_FALSE(send());
  CHECK(sent() == 2);
}

TEST_CASE_FIXTURE(Signed, "a date to retry after is read by the service's clock") {
  service->then(skewed(20min)).then(reply(503, {{"Retry-After", date_in(20min + 10s)}})).then(reply(200));
  CHECK(send());
  CHECK(waits == std::vector<std::chrono::milliseconds>{10s});
}

TEST_CASE_FIXTURE(Signed, "clock, credentials and a failing service are each repaired within one call") {
  service->then(skewed(20min)).then(reply(400, {{"code", "ExpiredToken"}})).then(reply(500)).then(reply(200));
  CHECK(send());
  CHECK(waits == std::vector<std::chrono::milliseconds>{50ms});
  CHECK(sent_header(3, "authorization") == "key 2");
}

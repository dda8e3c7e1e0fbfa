#include "client_fixture.h"

#include <cloudkit/observer.h>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <vector>

using namespace cloudkit;
using namespace cloudkit::http;
using namespace cloudkit::testing;

namespace {

class Attempts final : public Observer {
 public:
  void on_attempt(const AttemptEvent& event) override {
    lines.push_back(fmt::format("{} {} #{} {} sent {} received {}{}", event.method, event.url, event.number,
                                event.status, event.bytes_sent, event.bytes_received,
                                event.error != nullptr ? " " + std::string(to_string(event.error->code)) : ""));
  }
  std::vector<std::string> lines = {};
};

struct Ignores final : BodyReceiver {
  Status begin(const Response&) override { return {}; }
  Status write(Bytes) override { return {}; }
};

struct Observed : ClientFixture {
  Observed() { set_observer(attempts); }
  ~Observed() { set_observer(nullptr); }
  std::shared_ptr<Attempts> attempts = std::make_shared<Attempts>();
};

}  // namespace

TEST_CASE_FIXTURE(Observed, "an observer hears of every attempt, with what went each way, and of no signature") {
  service->then(reply(500)).then(reply(200, {}, "body"));
  http::Request put = request(Method::put);
  put.body = Bytes("three");
  CHECK(send(put));
  CHECK(attempts->lines == std::vector<std::string>{"PUT https://s3.test/bucket/key?... #1 500 sent 5 received 0",
                                                    "PUT https://s3.test/bucket/key?... #2 200 sent 5 received 4"});
}

TEST_CASE_FIXTURE(Observed, "what a receiver takes is counted") {
  service->then(reply(200, {}, "streamed"));
  Ignores receiver;
  CHECK(send(request(), {}, &receiver));
  REQUIRE(attempts->lines.size() == 1);
  CHECK(attempts->lines[0].ends_with("#1 200 sent 0 received 8"));
}

TEST_CASE_FIXTURE(Observed, "an attempt without a reply has the error instead of a status") {
  service->then(broken({.request_sent = false})).then(reply(200));
  CHECK(send());
  REQUIRE(attempts->lines.size() == 2);
  CHECK(attempts->lines[0].ends_with("#1 0 sent 0 received 0 unavailable"));
}

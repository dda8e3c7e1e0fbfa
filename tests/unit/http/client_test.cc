#include "client_fixture.h"
#include "core/fail.h"
#include "support/soon.h"
#include "support/stopwatch.h"

#include <cloudkit/log.h>

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

using namespace cloudkit;
using namespace cloudkit::http;
using namespace cloudkit::testing;
using namespace std::chrono_literals;
using Waits = std::vector<std::chrono::milliseconds>;

namespace {

struct Collector final : BodyReceiver {
  std::vector<Error> refusals = {};  // One for each `begin`, until there are none left.
  int begun = 0;
  std::string body = {};

  Status begin(const Response&) override {
    ++begun;
    if (refusals.empty()) return {};
    Error error = refusals.back();
    refusals.pop_back();
    return error;
  }
  Status write(Bytes chunk) override {
    body += chunk.view();
    return {};
  }
};

}  // namespace

TEST_CASE_FIXTURE(ClientFixture, "a success on the first attempt is returned as it came") {
  service->then(reply(200, {{"ETag", "x"}}, "body"));
  const auto result = send();
  REQUIRE(result);
  CHECK(result->body == "body");
  CHECK(result->headers.get("etag") == "x");
  CHECK(sent() == 1);
  CHECK(waits.empty());
}

TEST_CASE_FIXTURE(ClientFixture, "a failing service is asked again after growing waits") {
  service->then(reply(500), 3).then(reply(200));
  CHECK(send());
  CHECK(sent() == 4);
  CHECK(waits == Waits{50ms, 100ms, 200ms});
}

TEST_CASE_FIXTURE(ClientFixture, "the last of four failures is the error, with its host, attempts and request id") {
  service->then(reply(500, {{"x-amz-request-id", "first"}}), 3)
      .then(reply(503, {{"code", "ServiceUnavailable"}, {"x-amz-request-id", "4ZF"}}));
  const auto result = send();
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ErrorCode::unavailable);
  CHECK(result.error().retryable);
  CHECK(result.error().to_string() == "ServiceUnavailable (503) after 4 attempts, s3.test, request 4ZF");
  CHECK(sent() == 4);
}

TEST_CASE_FIXTURE(ClientFixture,
                  "the request id is found under every provider's name and never carries control bytes") {
  for (const char* name :
       {"x-amz-request-id", "x-amzn-RequestId", "x-ms-request-id", "X-GUploader-UploadID", "x-request-id"}) {
    service->then(reply(404, {{name, "id\r\n1"}}));
    CHECK(send().error().request_id == "id??1");
  }
  service->then(reply(404, {{"x-amz-request-id", std::string(1000, 'x')}}));
  CHECK(send().error().request_id.size() == 128);
}

TEST_CASE_FIXTURE(ClientFixture, "a refusal is final") {
  service->then(reply(403, {{"code", "AccessDenied"}}));
  const auto result = send();
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ErrorCode::permission_denied);
  CHECK(result.error().attempts == 1);
  CHECK(sent() == 1);
}

TEST_CASE_FIXTURE(ClientFixture, "a throttling service is given a second at first") {
  service->then(reply(503, {{"code", "SlowDown"}}), 4);
  const auto result = send();
  CHECK(result.error().code == ErrorCode::throttled);
  CHECK(waits == Waits{1s, 2s, 4s});
}

TEST_CASE_FIXTURE(ClientFixture, "a success status with an error inside is a failure, and repeated") {
  service->then(reply(200, {{"code", "InternalError"}})).then(reply(200, {}, "done"));
  const auto result = send(request(Method::post));
  REQUIRE(result);
  CHECK(result->body == "done");
  CHECK(sent() == 2);
}

TEST_CASE_FIXTURE(ClientFixture, "bytes that arrived wrong are sent once more, not three times") {
  service->then(reply(400, {{"code", "BadDigest"}}), 4);
  CHECK(send(request(Method::put)).error().code == ErrorCode::data_loss);
  CHECK(sent() == 2);
}

TEST_CASE("without a classifier only 2xx is success") {
  ClientOptions options;
  const auto service = std::make_shared<ScriptedTransport>();
  options.transport = service;
  options.hooks.wait = [](const Context&, std::chrono::milliseconds) { return Status(); };
  Client client(options);
  service->then(reply(204));
  CHECK(client.send({}, {}));
  service->then(reply(500)).then(reply(404));
  CHECK(client.send({}, {}).error().code == ErrorCode::not_found);
  CHECK(service->sent().size() == 3);
}

TEST_CASE("a client without a transport says so") {
  CHECK(Client({}).send({}, {}).error().message == "an http::Client needs a transport");
}

TEST_CASE_FIXTURE(ClientFixture, "a hint of the service is obeyed") {
  service->then(reply(429, {{"Retry-After", "7"}})).then(reply(503, {{"x-amz-retry-after", "2500"}})).then(reply(200));
  CHECK(send());
  CHECK(waits == Waits{7s, 2500ms});
}

TEST_CASE_FIXTURE(ClientFixture, "an absurd hint is cut, a broken one ignored") {
  service->then(reply(503, {{"Retry-After", "99999999999999999999"}}))
      .then(reply(503, {{"Retry-After", "-1"}}))
      .then(reply(503, {{"Retry-After", "Mon, 23 Nov 2026 01:01:10 GMT"}}))
      .then(reply(200));
  CHECK(send());
  // The date is ten seconds after the first wait's end, of which the second took 100 ms.
  CHECK(waits == Waits{60s, 100ms, 10s});
}

TEST_CASE_FIXTURE(ClientFixture, "a wait that would outlast the deadline is not begun, and the error says so") {
  service->then(reply(503, {{"code", "SlowDown"}, {"Retry-After", "30"}}));
  const auto result = send(request(), Context::with_timeout(20s));
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ErrorCode::throttled);
  CHECK(result.error().message == "not tried again: the deadline ends before a wait of 30000 ms");
  CHECK(result.error().attempts == 1);
  CHECK(waits.empty());
}

TEST_CASE_FIXTURE(ClientFixture, "retries that the deadline forbids take nothing from the quota") {
  options.retry.quota = 14;
  service->then(reply(500, {{"Retry-After", "30"}}), 5).then(reply(500)).then(reply(200));
  for (int i = 0; i < 5; ++i) CHECK_FALSE(send(request(), Context::with_timeout(20s)));
  CHECK(send());
  CHECK(sent() == 7);
}

TEST_CASE_FIXTURE(ClientFixture, "nothing is sent after a cancel or the deadline") {
  const Context cancelled = Context::cancellable();
  cancelled.cancel();
  CHECK(send(request(), cancelled).error().code == ErrorCode::cancelled);
  const auto late = send(request(), Context::with_timeout(0s));
  CHECK(late.error().code == ErrorCode::timeout);
  CHECK(late.error().attempts == 0);
  CHECK(sent() == 0);
}

TEST_CASE_FIXTURE(ClientFixture, "a cancel ends the wait for the next attempt and keeps why there was one") {
  std::atomic<bool> waiting{false};
  options.hooks.wait = [&](const Context& waiter, std::chrono::milliseconds duration) {
    waiting = true;
    return waiter.wait_for(duration);  // The real one.
  };
  service->then(reply(503, {{"code", "SlowDown"}, {"Retry-After", "60"}}));
  const Context context = Context::cancellable();
  std::chrono::steady_clock::time_point cancelled_at;
  std::thread canceller([&] {
    CHECK(::test::soon([&] { return waiting.load(); }));
    cancelled_at = std::chrono::steady_clock::now();
    context.cancel();
  });
  const auto result = send(request(Method::put), context);
  const auto returned_at = std::chrono::steady_clock::now();
  canceller.join();
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ErrorCode::cancelled);
  CHECK(result.error().message == "the caller cancelled it while waiting to try again after SlowDown");
  CHECK(result.error().attempts == 1);
  CHECK_FALSE(result.error().may_have_happened);
  CHECK(returned_at - cancelled_at < ::test::kSoon);
}

TEST_CASE_FIXTURE(ClientFixture, "a request that was cut off is sent again when it is idempotent") {
  service->then(broken()).then(broken({.code = ErrorCode::timeout})).then(reply(200));
  CHECK(send(request(Method::put)));
  CHECK(waits == Waits{50ms, 100ms});
}

TEST_CASE_FIXTURE(ClientFixture, "what the transport calls hopeless is not repeated") {
  service->then(broken({.retryable = false, .request_sent = false}));
  const auto result = send();
  CHECK(result.error().message == "connection reset");
  CHECK(result.error().attempts == 1);
  CHECK(sent() == 1);
}

TEST_CASE_FIXTURE(ClientFixture, "a request that is not idempotent is repeated only when it cannot have been seen") {
  Request once = request(Method::post);
  once.idempotent = false;
  SUBCASE("nothing was sent") { service->then(broken({.request_sent = false})); }
  SUBCASE("the service refused") { service->then(reply(503)); }
  SUBCASE("the service throttled") { service->then(reply(429)); }
  SUBCASE("the service did not wait for it") { service->then(reply(400, {{"code", "RequestTimeout"}})); }
  service->then(reply(200));
  CHECK(send(once));
  CHECK(sent() == 2);
}

TEST_CASE_FIXTURE(ClientFixture, "a request that is not idempotent is left alone when it may have been seen") {
  Request once = request(Method::post);
  once.idempotent = false;
  SUBCASE("it was sent") { service->then(broken()); }
  SUBCASE("it was sent on a kept connection") { service->then(broken({.connection_reused = true})); }
  SUBCASE("the service failed") { service->then(reply(500)); }
  SUBCASE("a gateway gave up") { service->then(reply(504)); }
  SUBCASE("the reply was success with an error inside") { service->then(reply(200, {{"code", "InternalError"}})); }
  const auto result = send(once);
  REQUIRE_FALSE(result);
  CHECK(result.error().may_have_happened);
  CHECK(result.error().retryable);
  CHECK(sent() == 1);
}

TEST_CASE_FIXTURE(ClientFixture, "a lost change may have happened, whatever the later attempts say") {
  service->then(broken()).then(reply(412, {{"code", "PreconditionFailed"}}));
  const auto result = send(request(Method::put));
  CHECK(result.error().code == ErrorCode::precondition_failed);
  CHECK(result.error().may_have_happened);
}

TEST_CASE_FIXTURE(ClientFixture, "a change that was not sent, was refused, or was only a read has not happened") {
  Method method = Method::put;
  SUBCASE("not sent") { service->then(broken({.request_sent = false}), 4); }
  SUBCASE("refused") { service->then(reply(403)); }
  SUBCASE("throttled") { service->then(reply(503, {{"code", "SlowDown"}}), 4); }
  SUBCASE("read") {
    method = Method::get;
    service->then(broken(), 4);
  }
  const auto result = send(request(method));
  REQUIRE_FALSE(result);
  CHECK_FALSE(result.error().may_have_happened);
}

TEST_CASE_FIXTURE(ClientFixture, "a change under a condition may have happened despite a 503, and is repeated") {
  Request conditional = request(Method::put);
  conditional.idempotent = false;
  conditional.doubts_503 = true;
  bool may_have_happened = false;
  SUBCASE("busy") {
    service->then(reply(503));
    may_have_happened = true;
  }
  SUBCASE("throttled by 503") { service->then(reply(503, {{"code", "SlowDown"}})); }
  SUBCASE("throttled by 429") { service->then(reply(429)); }
  service->then(reply(412, {{"code", "PreconditionFailed"}}));
  const auto result = send(conditional);
  CHECK(result.error().code == ErrorCode::precondition_failed);
  CHECK(result.error().may_have_happened == may_have_happened);
  CHECK(sent() == 2);
}

TEST_CASE_FIXTURE(ClientFixture, "a question that goes by POST has changed nothing when it is lost") {
  Request question = request(Method::post);
  question.read_only = true;
  SUBCASE("sent") { service->then(broken(), 4); }
  SUBCASE("on a kept connection") { service->then(broken({.connection_reused = true})).then(reply(500), 4); }
  SUBCASE("the service failed") { service->then(reply(500), 4); }
  const auto result = send(question);
  REQUIRE_FALSE(result);
  CHECK_FALSE(result.error().may_have_happened);
}

TEST_CASE_FIXTURE(ClientFixture,
                  "a kept connection that was closed meanwhile costs neither attempt nor quota nor wait") {
  options.retry.quota = 0;
  service->then(broken({.connection_reused = true})).then(reply(404));
  const auto result = send(request(Method::put));
  CHECK(result.error().attempts == 1);
  CHECK(sent() == 2);
  CHECK(waits.empty());
}

TEST_CASE_FIXTURE(ClientFixture, "a change lost with a kept connection may have happened") {
  service->then(broken({.connection_reused = true})).then(reply(412, {{"code", "PreconditionFailed"}}));
  CHECK(send(request(Method::put)).error().may_have_happened);
}

TEST_CASE_FIXTURE(ClientFixture, "only the first closed connection is free") {
  service->then(broken({.connection_reused = true}), 2).then(reply(200));
  CHECK(send());
  CHECK(waits == Waits{50ms});
}

TEST_CASE_FIXTURE(ClientFixture, "a connection that broke otherwise is not free") {
  SUBCASE("new") { service->then(broken()); }
  SUBCASE("within the reply") { service->then(broken({.reply_started = true, .connection_reused = true})); }
  SUBCASE("silent") { service->then(broken({.code = ErrorCode::timeout, .connection_reused = true})); }
  service->then(reply(200));
  CHECK(send());
  CHECK(waits == Waits{50ms});
}

TEST_CASE_FIXTURE(ClientFixture, "a body goes to the receiver of a success only") {
  Collector collector;
  service->then(reply(500, {}, "trouble")).then(reply(200, {}, "data"));
  const auto result = send(request(), {}, &collector);
  REQUIRE(result);
  CHECK(collector.body == "data");
  CHECK(result->body.empty());
  CHECK(collector.begun == 1);
}

TEST_CASE_FIXTURE(ClientFixture, "the classifier is told when the receiver took the body") {
  std::vector<bool> taken;
  options.classifier = [&](const Request&, const Response& reply, bool receiver_took_body) -> std::optional<Failure> {
    taken.push_back(receiver_took_body);
    if (reply.status == 200) return std::nullopt;
    return classify({}, reply.status);
  };
  Collector collector;
  service->then(reply(500)).then(reply(200)).then(reply(200));
  CHECK(send(request(), {}, &collector));
  CHECK(send());
  CHECK(taken == std::vector<bool>{false, true, false});
}

TEST_CASE_FIXTURE(ClientFixture, "once a byte was delivered nothing is repeated: resuming is another's work") {
  SUBCASE("the connection broke") { service->then(broken({.reply_started = true, .body_delivered = true})); }
  SUBCASE("the reply turned out wrong") { service->then(reply(200, {{"code", "InternalError"}}, "x")); }
  Collector collector;
  CHECK_FALSE(send(request(), {}, &collector));
  CHECK(sent() == 1);
}

TEST_CASE_FIXTURE(ClientFixture, "a receiver that refuses the head ends the call, or is asked again if that may help") {
  Collector collector;
  Error error = core::fail(ErrorCode::precondition_failed, "another object");
  SUBCASE("final") {
    collector.refusals = {error};
    service->then(reply(200));
    const auto result = send(request(), {}, &collector);
    CHECK(result.error().message == "another object");
    CHECK(result.error().http_status == 200);
    CHECK(sent() == 1);
  }
  SUBCASE("retryable") {
    error.retryable = true;
    collector.refusals = {error};
    service->then(reply(200), 2);
    CHECK(send(request(), {}, &collector));
    CHECK(sent() == 2);
  }
}

TEST_CASE_FIXTURE(ClientFixture, "the quota stops retries, success refills it, and each host has its own") {
  options.retry.quota = 28;
  service->then(reply(500), 4);
  const auto result = send();
  CHECK(result.error().attempts == 3);
  CHECK(result.error().message == "not tried again: too many recent requests to this host failed");
  CHECK(send().error().attempts == 1);

  Request other = request();
  other.host = "other.test";
  service->then(reply(500)).then(reply(200));
  CHECK(send(other));

  service->then(reply(200), 14);
  for (int i = 0; i < 14; ++i) CHECK(send());
  service->then(reply(500)).then(reply(200));
  CHECK(send());
}

TEST_CASE_FIXTURE(ClientFixture, "each retry is logged with host, attempt, wait and code, and no parameter") {
  std::string log;
  set_log_sink([&](const LogRecord& record) {
    log += record.message;
    for (const LogField& field : record.fields) log.append(" ").append(field.key).append("=").append(field.value);
    log += '\n';
  });
  service->then(reply(503, {{"code", "SlowDown"}})).then(broken()).then(reply(200));
  CHECK(send());
  CHECK(log ==
        "a request failed, trying again host=s3.test attempt=1 wait_ms=1000 code=SlowDown\n"
        "a request failed, trying again host=s3.test attempt=2 wait_ms=100 code=unavailable\n");
}

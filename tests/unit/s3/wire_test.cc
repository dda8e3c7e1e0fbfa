// The whole way from a handle to the wire, against a server that breaks what it can.
#include "faults/scripted_server.h"
#include "support/soon.h"
#include "support/stopwatch.h"

#include <cloudkit/aws.h>

#include <doctest/doctest.h>

#include <thread>

using namespace cloudkit;
using namespace std::chrono_literals;
using faults::reply;
using faults::ScriptedServer;

namespace {

const std::string kObjectHeaders = "ETag: \"e1\"\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n";

std::string ranged_reply(std::string_view body, std::string_view range, std::string_view etag = "e1") {
  return reply(206, body,
               "ETag: \"" + std::string(etag) +
                   "\"\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Range: bytes " + std::string(range) +
                   "\r\n");
}

struct WireFixture {
  ScriptedServer server;
  Bucket bucket = open();

  Bucket open(aws::S3Options options = {}) {
    options.endpoint = "http://" + server.host();
    options.region = "us-east-1";
    options.credentials = aws::explicit_credentials({"AKIDWIRE", "cktest-wire-secret-77aa", "", {}, "the test"});
    return aws::make_s3_store(options).value().bucket("bucket").value();
  }
};

}  // namespace

TEST_CASE_FIXTURE(WireFixture, "a put is one signed request with its whole body") {
  server.then(reply(200, "", "ETag: \"e1\"\r\n"));
  CHECK(bucket.put("a b/../c", "data").value().token == "e1");
  const auto requests = server.requests();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].find("PUT /bucket/a%20b/../c HTTP/1.1\r\n") == 0);
  CHECK(requests[0].find("Content-Length: 4\r\n") != std::string::npos);
  CHECK(requests[0].find("authorization: AWS4-HMAC-SHA256 Credential=AKIDWIRE/") != std::string::npos);
  CHECK(requests[0].substr(requests[0].size() - 8) == "\r\n\r\ndata");
}

TEST_CASE_FIXTURE(WireFixture, "a body cut in the middle is read on from there, pinned to its content") {
  server.then(
      {faults::send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n" + kObjectHeaders + "\r\n0123"), faults::close()});
  server.then(ranged_reply("456789", "4-9/10"));
  CHECK(bucket.get("k").value().data == "0123456789");
  const auto requests = server.requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[1].find("range: bytes=4-9\r\n") != std::string::npos);
  CHECK(requests[1].find("if-match: \"e1\"\r\n") != std::string::npos);
}

TEST_CASE_FIXTURE(WireFixture, "an object replaced between the two parts of a read is never mixed") {
  server.then(
      {faults::send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n" + kObjectHeaders + "\r\n0123"), faults::reset()});
  server.then(reply(412, "<Error><Code>PreconditionFailed</Code></Error>"));
  const auto object = bucket.get("k");
  REQUIRE_FALSE(object);
  CHECK(object.error().code == ErrorCode::precondition_failed);
  CHECK(object.error().message == "the object changed while it was read");
}

TEST_CASE_FIXTURE(WireFixture, "a service that is down for two attempts is asked a third time") {
  server.then(reply(503, "<Error><Code>ServiceUnavailable</Code></Error>"));
  server.then(reply(500, "<Error><Code>InternalError</Code></Error>"));
  server.then(reply(200, "data", kObjectHeaders));
  CHECK(bucket.get("k").value().data == "data");
  CHECK(server.requests().size() == 3);
}

TEST_CASE_FIXTURE(WireFixture, "a service that stays down is asked four times, and the error says so") {
  server.always(
      reply(500, "<Error><Code>InternalError</Code><Message>We encountered an internal error</Message></Error>"));
  const auto object = bucket.get("k");
  REQUIRE_FALSE(object);
  CHECK(object.error().code == ErrorCode::unavailable);
  CHECK(object.error().attempts == 4);
  CHECK(server.requests().size() == 4);
}

TEST_CASE_FIXTURE(WireFixture,
                  "a conditional put whose reply is lost is not just repeated: the object is asked who wrote it") {
  server.always({faults::reset()});
  const auto info = bucket.put("lock", "me", {.condition = Condition::absent()});
  REQUIRE_FALSE(info);
  CHECK(info.error().code == ErrorCode::unavailable);
  CHECK(info.error().may_have_happened);
  const auto requests = server.requests();
  REQUIRE(requests.size() == 5);
  CHECK(requests[0].find("x-amz-meta-ckwrite: ") != std::string::npos);
  for (std::size_t i = 1; i < requests.size(); ++i) CHECK(requests[i].starts_with("HEAD "));
}

TEST_CASE_FIXTURE(WireFixture, "a conditional put that did not arrive is made again while its condition holds") {
  server.then({faults::reset()});
  server.then(reply(404, ""));
  server.then(reply(200, "", "ETag: \"e1\"\r\n"));
  CHECK(bucket.put("lock", "me", {.condition = Condition::absent()}).value().token == "e1");
  CHECK(server.requests().size() == 3);
}

TEST_CASE_FIXTURE(WireFixture, "a conditional put that was lost to another's is told so") {
  server.then({faults::reset()});
  server.then(reply(200, "", kObjectHeaders + "x-amz-meta-ckwrite: 0123456789abcdef0123456789abcdef\r\n"));
  const auto error = bucket.put("lock", "me", {.condition = Condition::absent()}).error();
  CHECK(error.code == ErrorCode::precondition_failed);
  CHECK(error.message == "another write is there now; the reply to this one was lost");
}

TEST_CASE_FIXTURE(WireFixture, "attempts and timeouts are the caller's to choose") {
  aws::S3Options options;
  options.retry.max_attempts = 2;
  options.transport.first_byte_timeout = 50ms;
  server.always({faults::stall()});
  const auto object = open(options).get("k");
  REQUIRE_FALSE(object);
  CHECK(object.error().code == ErrorCode::timeout);
  CHECK(object.error().attempts == 2);
}

TEST_CASE("a wrong configuration is the error, also of a call with a condition") {
  const auto nowhere = aws::make_s3_store({.profile = "no-such-profile"}).value().bucket("bucket").value();
  const auto error = nowhere.put("k", "x", {.condition = Condition::absent()}).error();
  CHECK(error.message.find("no-such-profile") != std::string::npos);
}

TEST_CASE_FIXTURE(WireFixture, "a plain put whose reply is lost is made again") {
  server.then({faults::reset()});
  server.then(reply(200, "", "ETag: \"e1\"\r\n"));
  CHECK(bucket.put("k", "data"));
  CHECK(server.requests().size() == 2);
}

TEST_CASE_FIXTURE(WireFixture, "no garbage is a success, and none is fatal") {
  const std::string garbage[] = {"",
                                 "\r\n\r\n",
                                 "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\ndata",
                                 "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                                 "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\ndata",
                                 "HTTP/1.1 999 Huh\r\nContent-Length: 0\r\n\r\n",
                                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + kObjectHeaders + "\r\nzz\r\n",
                                 "HTTP/1.1 200 OK\r\n" + kObjectHeaders + "\r\nno length at all",
                                 "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndata",
                                 std::string("\x16\x03\x01\x00\x2a\x01\x00\x00", 8)};
  for (const auto& bytes : garbage) {
    server.always({faults::send(bytes), faults::close()});
    CAPTURE(bytes);
    CHECK_FALSE(bucket.get("k", {.context = Context::with_timeout(5s)}));
    CHECK_FALSE(bucket.list_all({.context = Context::with_timeout(5s)}));
  }
}

TEST_CASE_FIXTURE(WireFixture, "a redirect to another host is not followed, and nothing is sent there") {
  ScriptedServer other;
  server.always(reply(302, "", "Location: http://" + other.host() + "/bucket/k\r\n"));
  CHECK_FALSE(bucket.get("k"));
  CHECK(other.requests().empty());
}

TEST_CASE_FIXTURE(WireFixture, "a call that waits for its reply is cancelled at once") {
  server.always({faults::stall()});
  const Context context = Context::cancellable();
  std::thread canceller([&] {
    CHECK(::test::soon([&] { return server.requests().size() == 1; }));
    context.cancel();
  });
  const auto start = Context::Clock::now();
  CHECK(bucket.get("k", {.context = context}).error().code == ErrorCode::cancelled);
  CHECK(Context::Clock::now() - start < ::test::kSoon);
  canceller.join();
}

TEST_CASE_FIXTURE(WireFixture, "a call ends at its deadline, whatever the server does") {
  server.always({faults::slice("HTTP/1.1 200 OK\r\n" + std::string(5000, 'x'), 20ms)});
  const auto start = Context::Clock::now();
  const auto object = bucket.get("k", {.context = Context::with_timeout(300ms)});
  CHECK(object.error().code == ErrorCode::timeout);
  CHECK(Context::Clock::now() - start < ::test::kSoon);
}

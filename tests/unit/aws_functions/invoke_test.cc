#include "aws/lambda/invoke.h"

#include "fixture.h"

#include <doctest/doctest.h>

#include <chrono>

using namespace cloudkit;
using cloudkit::testing::broken;
using cloudkit::testing::error_type;
using cloudkit::testing::Fixture;

namespace {

Error failed(Fixture& fixture, const InvokeOptions& options = {}) {
  const auto result = fixture.driver->invoke("hello", "{}", options);
  REQUIRE_FALSE(result);
  return result.error();
}

}  // namespace

TEST_CASE("an answer comes with all that Lambda says of it") {
  Fixture fixture;
  fixture.then(200, R"({"a":1})",
               {{"x-amzn-RequestId", "req-1"}, {"X-Amz-Executed-Version", "7"}, {"X-Amz-Log-Result", "U1RBUlQ="}});
  const auto result = fixture.driver->invoke("hello", R"({"b":2})", {.log_tail = true, .qualifier = "live"});
  REQUIRE(result);
  CHECK(fixture.sent.at(0) == R"(POST lambda/2015-03-31/functions/hello/invocations?Qualifier=live {"b":2})");
  CHECK(result->payload == R"({"a":1})");
  CHECK(result->request_id == "req-1");
  CHECK(result->executed_version == "7");
  CHECK(result->log_tail == "START");
  CHECK_FALSE(result->error);
}

TEST_CASE("that the function failed is a value") {
  Fixture fixture;
  fixture.then(200, R"({"errorType":"KeyError","errorMessage":"'x'","stackTrace":["a",["b",1]]})",
               {{"X-Amz-Function-Error", "Unhandled"}});
  auto result = fixture.driver->invoke("hello", {}, {});
  REQUIRE(result);
  REQUIRE(result->error);
  CHECK(result->error->type == "KeyError");
  CHECK(result->error->message == "'x'");
  CHECK(result->error->stack_trace == std::vector<std::string>{"a", R"(["b",1])"});
  CHECK_FALSE(result->error->handled);

  fixture.then(200, "not JSON\r\n", {{"X-Amz-Function-Error", "Handled"}});
  result = fixture.driver->invoke("hello", {}, {});
  CHECK(result->error->message == "not JSON??");
  CHECK(result->error->handled);
}

TEST_CASE("accepted for later, and only asked whether it would be") {
  Fixture fixture;
  fixture.then(202).then(204);
  CHECK(fixture.driver->invoke("hello", {}, {.mode = InvokeMode::async}));
  CHECK(fixture.driver->invoke("hello", {}, {.mode = InvokeMode::dry_run}));
  CHECK(fixture.sent.at(0) == "POST lambda/2015-03-31/functions/hello/invocations {}");
}

TEST_CASE("the mode, the log and the client's context are headers") {
  const auto call = aws::lambda::invoke_function("hello", {}, {.log_tail = true, .client_context = "{}"}).value();
  CHECK(call.headers.get("x-amz-invocation-type") == "RequestResponse");
  CHECK(call.headers.get("x-amz-log-type") == "Tail");
  CHECK(call.headers.get("x-amz-client-context") == "e30=");
  CHECK(call.thinking_time >= std::chrono::seconds(900));
  const auto later = aws::lambda::invoke_function("hello", {}, {.mode = InvokeMode::async, .log_tail = true}).value();
  CHECK(later.headers.get("x-amz-invocation-type") == "Event");
  CHECK_FALSE(later.headers.contains("x-amz-log-type"));
}

TEST_CASE("what the function may have seen is never sent again") {
  Fixture fixture;
  fixture.then(broken());
  Error error = failed(fixture);
  CHECK(error.attempts == 1);
  CHECK(error.may_have_happened);

  fixture.then(broken({.code = ErrorCode::timeout, .reply_started = true}));
  CHECK(failed(fixture).attempts == 1);

  fixture.then(500, "{}", error_type("ServiceException"));
  error = failed(fixture);
  CHECK(error.attempts == 1);
  CHECK(error.may_have_happened);
  CHECK(error.code == ErrorCode::unavailable);
}

TEST_CASE("what it cannot have seen is sent again") {
  for (const char* code : {"ENINotReadyException", "EC2ThrottledException", "ResourceNotReadyException"}) {
    CAPTURE(code);
    Fixture fixture;
    fixture.then(502, "{}", error_type(code)).then(200, "1");
    CHECK(fixture.driver->invoke("hello", {}, {}).value().payload == "1");
  }
  Fixture fixture;
  fixture.then(429, "{}", error_type("TooManyRequestsException"));
  fixture.then(409, "{}", error_type("SnapStartNotReadyException"));
  fixture.then(broken({.request_sent = false})).then(200, "1");
  CHECK(fixture.driver->invoke("hello", {}, {}).value().payload == "1");
}

TEST_CASE("a function that cannot run now is no reason to ask again at once") {
  Fixture fixture;
  for (const char* code : {"KMSDisabledException", "InvalidSubnetIDException", "ENILimitReachedException"}) {
    CAPTURE(code);
    fixture.then(502, R"({"Message":"m"})", error_type(code));
    const Error error = failed(fixture);
    CHECK(error.code == ErrorCode::conflict);
    CHECK_FALSE(error.retryable);
    CHECK(error.attempts == 1);
    CHECK(error.service_code == code);
  }
  fixture.then(409,
               R"({"Message":"The operation cannot be performed at this time. The function is currently in the )"
               R"(following state: Pending"})",
               error_type("ResourceConflictException"));
  const Error pending = failed(fixture);
  CHECK(pending.code == ErrorCode::conflict);
  CHECK(pending.retryable);
  CHECK(pending.attempts == 1);
  fixture.then(404, "{}", error_type("ResourceNotFoundException"));
  CHECK(failed(fixture).code == ErrorCode::not_found);
  fixture.then(400, "{}", error_type("InvalidRequestContentException"));
  CHECK(failed(fixture).code == ErrorCode::invalid_argument);
}

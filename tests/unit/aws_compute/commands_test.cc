#include "aws/ssm/protocol.h"

#include "fixture.h"
#include "support/contains.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace std::chrono_literals;
using cloudkit::testing::error_type;
using cloudkit::testing::Fixture;
using cloudkit::testing::kInstanceId;

namespace {

Result<std::optional<CommandResult>> invocation(const std::string& members, std::chrono::seconds limit = 600s) {
  http::Response response;
  response.status = 200;
  response.body = "{" + members + "}";
  return aws::ssm::read_invocation(response, limit);
}

using ::test::contains;

const std::string kOffline =
    "the machine's SSM agent does not report: it needs an image with the agent, an instance profile with "
    "AmazonSSMManagedInstanceCore (InstanceSpec::identity), a way to the service, and some minutes after its start";

}  // namespace

TEST_CASE("a script goes out whole, is sent once, and does not begin when nobody waits for it any more") {
  const auto call = aws::ssm::send_command("i-1", {"echo a\nexit 3", 90s});
  REQUIRE(call);
  CHECK(call->body == R"({"DocumentName":"AWS-RunShellScript","InstanceIds":["i-1"],)"
                      R"("Parameters":{"commands":["echo a\nexit 3"],"executionTimeout":["90"]},"TimeoutSeconds":30})");
  CHECK(call->headers.get("x-amz-target") == "AmazonSSM.SendCommand");
  CHECK_FALSE(call->idempotent);
  CHECK(contains(aws::ssm::send_command("i-1", {"", 0s})->body, R"("executionTimeout":["1"])"));
  CHECK(contains(aws::ssm::send_command("i-1", {"", 48h})->body, R"("executionTimeout":["172800"])"));
  CHECK(aws::ssm::send_command("i-1", {"\xFF", 1s}).error().code == ErrorCode::invalid_argument);
}

TEST_CASE("a script that the service would not run for so long is not sent") {
  Fixture fixture;
  const Error error = fixture.driver->submit_command(kInstanceId, {"true", 172'801s}, {}).error();
  CHECK(error.code == ErrorCode::invalid_argument);
  CHECK(error.message == "the time limit of 172801 s is too long: a script runs for 172800 s at most");
  CHECK(fixture.sent.empty());
}

TEST_CASE("a script that is too large once it is JSON is not sent") {
  Fixture fixture;
  const std::string script(aws::ssm::kLongestScript, '\x01');  // Each six characters there.
  const Error error = fixture.driver->submit_command(kInstanceId, {script}, {}).error();
  CHECK(error.code == ErrorCode::invalid_argument);
  CHECK(error.message.starts_with("the script has 1967"));
  CHECK(error.message.ends_with(" bytes as JSON, and 65536 are the most that the service takes"));
  CHECK(fixture.sent.empty());
  CHECK(aws::ssm::send_command("i-1", {std::string(aws::ssm::kLongestScript, '\n')}).error().code ==
        ErrorCode::invalid_argument);
  CHECK(aws::ssm::send_command("i-1", {std::string(aws::ssm::kLongestScript, 'a')}));
}

TEST_CASE("a script in which the agent would put a parameter's value is not sent; other braces are") {
  for (const char* script : {"docker ps --format '{{.Id}}'", "echo {{ssm}} {{ commands }} {{", "echo {{ssm:}}",
                             "echo {{ssm:a b}} {ssm:x}", "{{ssm:x}", "{{ssm:x"}) {
    CAPTURE(script);
    CHECK(aws::ssm::send_command("i-1", {script}));
  }
  for (const char* script : {"{{ssm:x}}", "echo {{.Id}} '{{ ssm:/a/b-c.d_1:2 }}'", "{{{ssm:x}}}", "{{{{ssm:x}}"}) {
    CAPTURE(script);
    const auto call = aws::ssm::send_command("i-1", {script});
    REQUIRE_FALSE(call);
    CHECK(call.error().code == ErrorCode::invalid_argument);
    CHECK(call.error().message == "the script has a {{ssm:…}} in it, which Systems Manager would replace");
  }
}

TEST_CASE("a script's end is a value") {
  const auto done =
      invocation(R"("Status":"Success","StatusDetails":"Success","ResponseCode":0,"StandardOutputContent":"a\u0001\n",)"
                 R"("StandardErrorContent":"b","ExecutionElapsedTime":"PT1M2.345S")");
  REQUIRE(done.value());
  CHECK((*done)->exit_code == 0);
  CHECK((*done)->out == "a\x01\n");
  CHECK((*done)->err == "b");
  CHECK((*done)->elapsed == 62'345ms);
  CHECK_FALSE((*done)->truncated);
  CHECK((*done)->ok());
  const auto failed = invocation(R"("Status":"Failed","StatusDetails":"Failed","ResponseCode":3)");
  REQUIRE(failed.value());
  CHECK((*failed)->exit_code == 3);
  CHECK_FALSE((*failed)->ok());
}

TEST_CASE("what the agent adds to the errors of a script that fails is not the script's") {
  const auto err = [](const std::string& text, const std::string& status = "Failed") {
    return invocation(R"("Status":")" + status + R"(","ResponseCode":3,"StandardErrorContent":")" + text + "\"")
        .value()
        ->err;
  };
  CHECK(err("failed to run commands: exit status 3").empty());
  CHECK(err("no such file\\nfailed to run commands: exit status 3") == "no such file\n");
  CHECK(err("errfailed to run commands: exit status 3") == "err");
  CHECK(err("failed to run commands: exit status 4") == "failed to run commands: exit status 4");
  CHECK(err("failed to run commands: exit status 3\\n") == "failed to run commands: exit status 3\n");
  CHECK(err("failed to run commands: exit status 3", "Success") == "failed to run commands: exit status 3");
}

TEST_CASE("a script that a signal ended has run, and has the code of a shell for it") {
  const auto ended = [](const std::string& err) {
    return invocation(R"("Status":"Failed","StatusDetails":"Failed","ResponseCode":-1,"StandardErrorContent":")" + err +
                      "\"")
        .value();
  };
  CHECK(ended("failed to run commands: signal: killed")->exit_code == 137);
  CHECK(ended("failed to run commands: signal: killed")->err.empty());
  CHECK(ended("oh\\nfailed to run commands: signal: segmentation fault (core dumped)")->exit_code == 139);
  CHECK(ended("oh\\nfailed to run commands: signal: segmentation fault (core dumped)")->err == "oh\n");
  CHECK(ended("failed to run commands: signal: terminated")->exit_code == 143);
  CHECK(ended("failed to run commands: signal: 64")->exit_code == 128);
  CHECK_FALSE(ended("")->ok());
  CHECK_FALSE(ended("")->timed_out);
}

TEST_CASE("a script that ends with the agent's own code before its time is up has not timed out") {
  const auto timed_out = [](const std::string& elapsed, std::chrono::seconds limit, const std::string& code = "137") {
    const auto ended = invocation(R"("Status":"TimedOut","StatusDetails":"ExecutionTimedOut","ResponseCode":)" + code +
                                      R"(,"ExecutionElapsedTime":")" + elapsed + "\"",
                                  limit)
                           .value();
    if (!ended->timed_out) CHECK(ended->exit_code == 137);
    return ended->timed_out;
  };
  CHECK_FALSE(timed_out("PT0.5S", 90s));
  CHECK_FALSE(timed_out("PT89.7S", 90s));
  CHECK(timed_out("PT89.8S", 90s));
  CHECK(timed_out("PT90.1S", 90s));
  CHECK(timed_out("", 90s));
  CHECK(timed_out("PT0.5S", 0s));
  CHECK(timed_out("PT0.5S", 90s, "-1"));
}

TEST_CASE("a script that has not ended is nothing yet") {
  for (const char* status : {"Pending", "InProgress", "Delayed", "Cancelling"}) {
    CAPTURE(status);
    CHECK_FALSE(invocation(R"("ResponseCode":-1,"Status":")" + std::string(status) + "\"").value());
  }
}

TEST_CASE("a script that was ended at its limit has timed out, one that never began is an error") {
  const auto ended = invocation(R"("Status":"TimedOut","StatusDetails":"Execution Timed Out","ResponseCode":137)");
  REQUIRE(ended.value());
  CHECK((*ended)->timed_out);
  CHECK_FALSE((*ended)->ok());
  for (const char* details : {"Delivery Timed Out", "DeliveryTimedOut"}) {
    const auto waited =
        invocation(R"("Status":"TimedOut","ResponseCode":-1,"StatusDetails":")" + std::string(details) + "\"");
    REQUIRE_FALSE(waited);
    CHECK(waited.error().code == ErrorCode::timeout);
    CHECK(waited.error().message == "the script did not run: " + std::string(details));
    CHECK(waited.error().hint == kOffline);
  }
  const auto lost = invocation(R"("Status":"Failed","StatusDetails":"Undeliverable","ResponseCode":-1)");
  CHECK(lost.error().code == ErrorCode::unavailable);
  CHECK(lost.error().message == "the script did not run: Undeliverable");
  CHECK(lost.error().hint == kOffline);
  const auto failed = [](const std::string& details, const std::string& more = {}) {
    return invocation(R"("Status":"Failed","ResponseCode":-1,"StatusDetails":")" + details + "\"" + more);
  };
  CHECK(failed("Access Denied").error().code == ErrorCode::permission_denied);
  CHECK(failed("InvalidPlatform").error().code == ErrorCode::unsupported);
  CHECK(failed("InvalidPlatform").error().hint == "scripts are for /bin/sh: machines with Windows run none");
  CHECK(failed("Terminated").error().message == "the script did not run: Terminated");
  CHECK(failed("Terminated", R"(,"ExecutionStartDateTime":"2026-11-26T06:00:00Z")").value()->exit_code == 128);
  CHECK(invocation(R"("Status":"Cancelled","ResponseCode":-1)").error().code == ErrorCode::cancelled);
}

TEST_CASE("output that the service cut is marked") {
  const auto truncated = [](std::size_t out, std::size_t err, const std::string& end = {}) {
    return invocation(R"("Status":"Success","ResponseCode":0,"StandardOutputContent":")" + std::string(out, 'a') + end +
                      R"(","StandardErrorContent":")" + std::string(err, 'b') + "\"")
        .value()
        ->truncated;
  };
  CHECK_FALSE(truncated(23'999, 7'999));
  CHECK(truncated(24'000, 0));
  CHECK(truncated(0, 8'000));
  CHECK(truncated(20'000, 0, "--output truncated--"));
}

TEST_CASE("how long it took is read in any of its forms") {
  const auto elapsed = [](const std::string& text) {
    return invocation(R"("Status":"Success","ExecutionElapsedTime":")" + text + "\"").value()->elapsed;
  };
  CHECK(elapsed("PT0.004S") == 4ms);
  CHECK(elapsed("PT5S") == 5s);
  CHECK(elapsed("P1DT2H3M4.5S") == 26h + 3min + 4500ms);
  CHECK(elapsed("PT1H") == 1h);
  CHECK(elapsed("") == 0ms);
  CHECK(elapsed("soon") == 0ms);
  CHECK(elapsed("PT" + std::string(400, '9') + "S") == std::chrono::milliseconds(1'000'000'000'000));
}

TEST_CASE("replies about commands that say too little are errors") {
  CHECK(invocation("").error().message == "the reply is not one of this service: its status is not one of a command");
  CHECK(invocation(R"("Status":{"a":1})").error().code == ErrorCode::unknown);
  CHECK(invocation(R"("Status":)").error().code == ErrorCode::unknown);
  Fixture fixture;
  fixture.then(200, R"({"Command":{}})").then(200, "<html>");
  CHECK(fixture.driver->submit_command(kInstanceId, {"true"}, {}).error().message ==
        "the reply is not one of this service: it has no CommandId");
  CHECK(fixture.driver->submit_command(kInstanceId, {"true"}, {}).error().code == ErrorCode::unknown);
}

TEST_CASE("the agent is asked before it is believed") {
  Fixture fixture;
  fixture.then(200, R"({"InstanceInformationList":[]})");
  fixture.then(200, R"({"InstanceInformationList":[{"InstanceId":"i","PingStatus":"ConnectionLost"}]})");
  fixture.then(200, R"({"InstanceInformationList":[{"InstanceId":"i","PingStatus":"Online"}]})");
  CHECK_FALSE(fixture.driver->agent_ready(kInstanceId, {}).value());
  CHECK_FALSE(fixture.driver->agent_ready(kInstanceId, {}).value());
  CHECK(fixture.driver->agent_ready(kInstanceId, {}).value());
}

TEST_CASE("a machine without an agent is not there yet, and the hint says what it needs") {
  Fixture fixture;
  fixture.then(400, R"({"__type":"InvalidInstanceId","message":"Instances not in a valid state for account"})");
  const Error refused = fixture.driver->submit_command(kInstanceId, {"true"}, {}).error();
  CHECK(refused.code == ErrorCode::unavailable);
  CHECK(refused.retryable);
  CHECK(refused.attempts == 1);
  CHECK(refused.hint == kOffline);
}

TEST_CASE("a machine with Windows runs no scripts, ever") {
  Fixture fixture;
  fixture.then(400, R"({"__type":"UnsupportedPlatformType","message":"m"})");
  const Error refused = fixture.driver->submit_command(kInstanceId, {"true"}, {}).error();
  CHECK(refused.code == ErrorCode::unsupported);
  CHECK_FALSE(refused.retryable);
  CHECK(refused.hint == "scripts are for /bin/sh: machines with Windows run none");
}

TEST_CASE("whether a script was ended is told by the limit that it was sent with") {
  Fixture fixture;
  const std::string ended =
      R"({"Status":"TimedOut","StatusDetails":"ExecutionTimedOut","ResponseCode":137,"ExecutionElapsedTime":"PT5S"})";
  fixture.then(200, R"({"Command":{"CommandId":"c-1"}})").then(200, ended);
  fixture.then(200, R"({"Command":{"CommandId":"c-2"}})").then(200, ended).then(200, ended).then(200, ended);
  const auto timed_out = [&](const std::string& id) {
    return fixture.driver->poll_command(kInstanceId, id, {}).value()->timed_out;
  };
  CHECK(timed_out(fixture.driver->submit_command(kInstanceId, {"exit 137", 5s}, {}).value().id));
  CHECK_FALSE(timed_out(fixture.driver->submit_command(kInstanceId, {"exit 137", 60s}, {}).value().id));
  // Ids of elsewhere say no limit.
  CHECK(timed_out("c-2"));
  CHECK(timed_out("c-2/x"));
}

TEST_CASE("a command is asked for until it is known, and ended") {
  Fixture fixture;
  fixture.then(200, R"({"Command":{"CommandId":"c-1","Status":"Pending"}})");
  fixture.then(400, R"({"__type":"InvocationDoesNotExist"})");
  fixture.then(200, R"({"Status":"InProgress","ResponseCode":-1})");
  fixture.then(200, "{}").then(400, "{}", error_type("InvalidCommandId"));
  const auto taken = fixture.driver->submit_command(kInstanceId, {"true"}, {});
  REQUIRE(taken);
  CHECK(taken->id == "c-1/600");
  CHECK_FALSE(taken->result);
  const Error early = fixture.driver->poll_command(kInstanceId, "c-1", {}).error();
  CHECK(early.code == ErrorCode::not_found);
  CHECK(early.retryable);
  CHECK(early.attempts == 1);
  CHECK_FALSE(fixture.driver->poll_command(kInstanceId, taken->id, {}).value());
  CHECK(fixture.sent.back() == R"(POST ssm/ {"CommandId":"c-1","InstanceId":")" + kInstanceId + R"("})");
  CHECK(fixture.driver->cancel_command(kInstanceId, taken->id, {}));
  CHECK(fixture.sent.back() == R"(POST ssm/ {"CommandId":"c-1","InstanceIds":[")" + kInstanceId + R"("]})");
  CHECK(fixture.driver->cancel_command(kInstanceId, "x", {}).error().code == ErrorCode::not_found);
}

TEST_CASE("a script is not sent twice when nobody knows whether it runs") {
  Fixture fixture;
  fixture.then(502);
  const Error lost = fixture.driver->submit_command(kInstanceId, {"true"}, {}).error();
  CHECK(lost.attempts == 1);
  CHECK(lost.may_have_happened);
}

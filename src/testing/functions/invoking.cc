#include "testing/functions/suite.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

/// What goes into a call, what comes out of it, and how calls fail.
namespace cloudkit::inline v0::testing::functions {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

void payload_json_unicode_empty_object_and_1MiB(const FunctionCase& c) {
  const std::string name = c.deploy_behaviour("behaviour.echo");
  c.expect_equal(c.call(name, ""), "{}", "what an empty payload is");
  for (const char* payload : {"{}", "null", "0", "\"\"", "[]", "\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\"",
                              R"({"quotes":"\"\\\n","deep":[[[[1]]]]})"}) {
    c.expect_equal(c.call(name, payload), payload, "what the echo answers");
  }
  const std::string large = json(std::string(1 << 20, 'x'));
  const std::string answer = c.call(name, large);
  if (answer != large) c.fail("the echo of 1 MiB: " + show_difference(answer, large));
  for (const char* text : {"hello", "{", "{\"a\":1,}", "'a'", "\"\xFF\""}) {
    c.expect_error(c.runtime().invoke(name, text), ErrorCode::invalid_argument, "a payload that is no JSON");
  }
}

void payload_over_limit_invalid_argument(const FunctionCase& c) {
  if (c.can().max_sync_payload == 0) c.skip("the runtime has no limit of payloads");
  const std::string name = c.deploy_behaviour("behaviour.echo");
  const std::string large = json(std::string(static_cast<std::size_t>(c.can().max_sync_payload), 'x'));
  c.expect_error(c.runtime().invoke(name, large), ErrorCode::invalid_argument, "a payload that is too large");
  if (c.can().max_async_payload != 0) {
    InvokeOptions async;
    async.mode = InvokeMode::async;
    const std::string too_large_async = json(std::string(static_cast<std::size_t>(c.can().max_async_payload), 'x'));
    c.expect_error(c.runtime().invoke(name, too_large_async, async), ErrorCode::invalid_argument,
                   "a payload that is too large for an asynchronous call");
  }
  c.expect_equal(c.call(name, "1"), "1", "what the next call answers");
}

void function_error_is_value(const FunctionCase& c) {
  const std::string name = c.deploy_behaviour("behaviour.fail");
  const FunctionError error = c.call_failing(name);
  c.expect_equal(error.type, "ConformanceError", "the type of the error");
  c.expect_equal(error.message, "failed as asked: \xC3\xA4", "the message of the error");
  const InvokeResult result = c.expect_ok(c.runtime().invoke(name), "calling it again");
  c.expect(result.payload.find("ConformanceError") != std::string::npos,
           "the payload should be the error's JSON, not " + show(result.payload));
}

void handler_exception_reported(const FunctionCase& c) {
  const std::string name = c.deploy_behaviour("behaviour.throw");
  c.expect_equal(c.call(name, "1"), "1", "what it answers when it is not asked to throw");
  for (int i = 0; i < 2; ++i) {
    const FunctionError error = c.call_failing(name, json("throw"));
    c.expect(error.message.find("thrown as asked") != std::string::npos,
             "the message should be the exception's, not " + show(error.message));
    c.expect_equal(c.call(name, "2"), "2", "what the next call answers");
  }
}

void timeout_reported(const FunctionCase& c) {
  FunctionSpec spec = c.spec("behaviour.sleep");
  spec.timeout = seconds(1);
  c.deploy(spec);
  const auto begun = Clock::now();
  const FunctionError error = c.call_failing(spec.name, "20000");
  c.expect(Clock::now() - begun < seconds(15), "a function that hangs should be ended at its timeout");
  c.expect(error.message.find("timed out") != std::string::npos,
           "the message should say so, not " + show(error.message));
  c.expect(!error.handled, "a timeout is nothing that the function reported");
  // It has one second for that, too, which is little on a busy machine.
  InvokeResult next;
  c.expect(c.soon([&] {
    next = c.expect_ok(c.runtime().invoke(spec.name, "0"), "calling a function after its timeout");
    return !next.error || next.error->message.find("timed out") == std::string::npos;
  }),
           "the next call should answer in time");
  c.expect_equal(next.payload, "0", "what the next call answers");
}

void child_exit_is_exit_error(const FunctionCase& c) {
  const std::string name = c.deploy_behaviour("behaviour.exit");
  c.expect_equal(c.call(name, "1"), "1", "what it answers when it is not asked to exit");
  const FunctionError error = c.call_failing(name, json("exit"));
  c.expect_equal(error.type, "Runtime.ExitError", "the type of the error");
  c.expect(error.message.find("exit status 3") != std::string::npos,
           "the message should say the exit status, not " + show(error.message));
  c.expect_equal(c.call(name, "2"), "2", "what the next call answers");
}

// Some runtimes start the code when it is deployed, others with the first call.
void init_failure_is_told(const FunctionCase& c) {
  const FunctionSpec spec = c.spec("behaviour.init_failure");
  const auto deployed = c.runtime().deploy(spec);
  if (!deployed) {
    c.expect_error(deployed, ErrorCode::conflict, "deploying a function that does not start");
    c.expect(deployed.error().message.find("failed") != std::string::npos,
             "the error should say that it failed: " + show(deployed.error()));
    const Function failed = c.expect_ok(c.runtime().get(spec.name), "getting a function that does not start");
    c.expect_equal(to_string(failed.state), "failed", "its state");
    c.expect(!failed.state_reason.empty(), "its state should have a reason");
  } else {
    c.call_failing(spec.name);
  }
  FunctionSpec mended = c.spec("behaviour.echo", 2);
  mended.name = spec.name;
  c.deploy(mended);
  c.expect_equal(c.call(spec.name, "1"), "1", "what it answers once it is mended");
}

void log_tail_4KiB_has_line(const FunctionCase& c) {
  const std::string name = c.deploy_behaviour("behaviour.log");
  InvokeOptions options;
  options.log_tail = true;
  const auto tail = [&](const std::string& line) {
    return c.expect_ok(c.runtime().invoke(name, json(line), options), "calling a function that logs").log_tail;
  };
  const std::string few = tail("a line of the log");
  c.expect(few.find("a line of the log\n") != std::string::npos, "the tail should have the line, not " + show(few));
  const std::string many = tail(std::string(10'000, 'x') + "the end");
  c.expect(many.size() <= 4096, "a tail should have at most 4096 bytes, not " + std::to_string(many.size()));
  c.expect(many.find("xthe end\n") != std::string::npos, "the tail should have the end of the log");
  c.expect(many.find("a line of the log") == std::string::npos, "the tail should be of this call alone");
  c.expect(c.expect_ok(c.runtime().invoke(name, json("quiet")), "calling it").log_tail.empty(),
           "there should be a tail only for those who ask");
}

void async_returns_before_completion(const FunctionCase& c) {
  c.needs(c.can().logs, "logs");
  const std::string name = c.deploy_behaviour("behaviour.slow_log");
  InvokeOptions async;
  async.mode = InvokeMode::async;
  // The function takes 500 ms. A machine that is busy may be slow many times.
  const bool at_once = [&] {
    for (int attempt = 0; attempt < 10; ++attempt) {
      const auto begun = Clock::now();
      const InvokeResult accepted =
          c.expect_ok(c.runtime().invoke(name, json("marker"), async), "calling a function asynchronously");
      c.expect_equal(accepted.payload, "", "the answer to an asynchronous call");
      if (Clock::now() - begun < milliseconds(400)) return true;
    }
    return false;
  }();
  c.expect(at_once, "an asynchronous call should return before the function has run");
  c.expect(c.soon([&] {
    const auto lines = c.log(name);
    return std::any_of(lines.begin(), lines.end(),
                       [](const std::string& line) { return line.find("marker") != std::string::npos; });
  }),
           "a function that is called asynchronously should run, and log what it was asked to");
}

void concurrent_8_invocations_no_mixups(const FunctionCase& c) {
  const std::string name = c.deploy_behaviour("behaviour.echo");
  in_threads(8, [&](int thread) {
    for (int i = 0; i < c.scale(20, 3); ++i) {
      const std::string payload = std::to_string(thread * 1000 + i);
      c.expect_equal(c.call(name, payload), payload, "what one of eight callers at once gets");
    }
  });
}

void deadline_visible_and_decreasing(const FunctionCase& c) {
  FunctionSpec spec = c.spec("behaviour.deadline");
  spec.timeout = seconds(20);
  c.deploy(spec);
  const std::string answer = c.call(spec.name);
  long first = 0;
  long second = 0;
  if (std::sscanf(answer.c_str(), "[%ld,%ld]", &first, &second) != 2) {
    c.fail("the function should answer how long it has at two times, not " + show(answer));
  }
  c.expect(first <= 20'000 && second > 0 && second < first,
           "what is left should be at most the timeout, and become less: " + show(answer));
}

void versions_and_aliases(const FunctionCase& c) {
  c.needs(c.can().versions, "versions");
  FunctionSpec spec = c.spec("behaviour.env");
  spec.environment["MODE"] = "one";
  c.deploy(spec);
  const std::string one = c.expect_ok(c.runtime().publish(spec.name), "publishing");
  c.expect_equal(c.expect_ok(c.runtime().publish(spec.name), "publishing the same"), one, "the version of the same");
  c.expect_ok(c.runtime().set_alias(spec.name, "live", one), "making an alias");
  spec.environment["MODE"] = "two";
  c.deploy(spec);
  const auto mode = [&](const std::string& qualifier) {
    InvokeOptions options;
    options.qualifier = qualifier;
    return c.call(spec.name, json("MODE"), options);
  };
  c.expect_equal(mode("live"), json("one"), "what the alias answers after the function has changed");
  c.expect_equal(mode(one), json("one"), "what the version answers");
  c.expect_equal(mode(""), json("two"), "what the newest code answers");
  const std::string two = c.expect_ok(c.runtime().publish(spec.name), "publishing the change");
  c.expect_ok(c.runtime().set_alias(spec.name, "live", two), "moving the alias");
  c.expect_equal(mode("live"), json("two"), "what the alias answers after it was moved");
  InvokeOptions none;
  none.qualifier = "none";
  c.expect_error(c.runtime().invoke(spec.name, "{}", none), ErrorCode::not_found, "an alias that does not exist");
}

constexpr FunctionCaseEntry kPayloadCases[] = {
    {"payload_json_unicode_empty_object_and_1MiB", payload_json_unicode_empty_object_and_1MiB},
    {"payload_over_limit_invalid_argument", payload_over_limit_invalid_argument},
};
constexpr FunctionCaseEntry kFailureCases[] = {
    {"function_error_is_value", function_error_is_value},
    {"handler_exception_reported", handler_exception_reported},
    {"timeout_reported", timeout_reported},
    {"child_exit_is_exit_error", child_exit_is_exit_error},
    {"init_failure_is_told", init_failure_is_told},
};
constexpr FunctionCaseEntry kRunCases[] = {
    {"log_tail_4KiB_has_line", log_tail_4KiB_has_line},
    {"async_returns_before_completion", async_returns_before_completion},
    {"concurrent_8_invocations_no_mixups", concurrent_8_invocations_no_mixups},
    {"deadline_visible_and_decreasing", deadline_visible_and_decreasing},
    {"versions_and_aliases", versions_and_aliases},
};

}  // namespace

FunctionCaseList payload_cases() { return kPayloadCases; }
FunctionCaseList failure_cases() { return kFailureCases; }
FunctionCaseList run_cases() { return kRunCases; }

}  // namespace cloudkit::inline v0::testing::functions

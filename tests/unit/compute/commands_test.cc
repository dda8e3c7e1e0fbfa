#include "support.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::test;
using std::chrono::seconds;
using enum InstanceState;

namespace {

SubmittedCommand taken(std::string id) {
  SubmittedCommand submitted;
  submitted.id = std::move(id);
  return submitted;
}

std::optional<CommandResult> ended(int exit_code, std::string out = {}) {
  CommandResult result;
  result.exit_code = exit_code;
  result.out = std::move(out);
  return result;
}

const std::optional<CommandResult> kRunning;

struct Running : ScriptedHandle {
  Running() { driver->gets << instance_in(running); }
};

}  // namespace

TEST_CASE("a script is submitted once the agent answers, and its end is looked for") {
  Running handle;
  handle.driver->able.agent = true;
  handle.driver->agents << false << true;
  handle.driver->submits << taken("c1");
  handle.driver->polls << passing_error(ErrorCode::not_found, "not known yet") << kRunning << ended(3, "out");
  const auto done = handle.compute.run("i-1", "exit 3");
  REQUIRE(done);
  CHECK(done->exit_code == 3);
  CHECK(done->out == "out");
  CHECK(done->elapsed == std::chrono::milliseconds(750));
  CHECK(handle.calls() == Calls{"get i-1", "agent_ready i-1", "get i-1", "agent_ready i-1", "submit i-1", "poll i-1 c1",
                                "poll i-1 c1", "poll i-1 c1"});
  CHECK(handle.time.waits == std::vector<long>{250, 250, 500});
}

TEST_CASE("a machine whose agent never reports is told with what agents need") {
  Running handle;
  handle.driver->able.agent = true;
  for (int i = 0; i < 10; ++i) handle.driver->agents << false;
  RunOptions options;
  options.ready_limit = std::chrono::seconds(2);
  const Error error = handle.compute.run("i-1", "true", options).error();
  CHECK(error.code == ErrorCode::timeout);
  CHECK(error.message == "after 2 s it still takes no commands: its agent has not reported yet");
  CHECK(error.hint ==
        "its image must have the provider's agent, which its identity must let in: on AWS an instance profile with "
        "the policy AmazonSSMManagedInstanceCore");
}

TEST_CASE("a backend that runs a script to its end is not asked again") {
  Running handle;
  SubmittedCommand whole;
  whole.result = *ended(0, "out");
  whole.result->elapsed = std::chrono::milliseconds(7);
  handle.driver->submits << whole;
  const auto done = handle.compute.run("i-1", "true");
  CHECK(done.value().elapsed == std::chrono::milliseconds(7));
  CHECK(handle.calls() == Calls{"get i-1", "submit i-1"});
}

TEST_CASE("a machine that takes no commands yet is waited for, and one that never will is not") {
  Running handle;
  handle.driver->submits << passing_error(ErrorCode::unavailable, "connection refused") << taken("c1");
  handle.driver->polls << ended(0);
  CHECK(handle.compute.run("i-1", "true"));

  handle.driver->submits = {};
  handle.driver->submits << passing_error(ErrorCode::unavailable, "connection refused");
  auto done = handle.compute.run("i-1", "true", {.ready_limit = seconds(30)});
  CHECK(done.error().code == ErrorCode::timeout);
  CHECK(done.error().message == "after 30 s it still takes no commands: connection refused");
  CHECK(!done.error().may_have_happened);

  handle.driver->submits = {};
  handle.driver->submits << Error(ErrorCode::unavailable, "the host key changed");
  CHECK(handle.compute.run("i-1", "true").error().message == "the host key changed");

  for (const auto state : {stopped, stopping, terminating, terminated, failed}) {
    handle.driver->gets = {};
    handle.driver->gets << instance_in(state);
    handle.driver->calls.clear();
    done = handle.compute.run("i-1", "true");
    CHECK(code_of(done) == "conflict");
    CHECK(done.error().message == "it is " + std::string(to_string(state)) + ", and runs no commands");
    CHECK(handle.calls() == Calls{"get i-1"});
  }
}

TEST_CASE("a script that may have run is not repeated, and the error says so") {
  Running handle;
  Error lost = passing_error(ErrorCode::unavailable, "connection reset");
  lost.may_have_happened = true;
  handle.driver->submits << lost;
  auto done = handle.compute.run("i-1", "true");
  CHECK(done.error().may_have_happened);
  CHECK(handle.calls() == Calls{"get i-1", "submit i-1"});

  handle.driver->submits = {};
  handle.driver->submits << taken("c1");
  handle.driver->polls << Error(ErrorCode::permission_denied, "not yours");
  handle.driver->calls.clear();
  done = handle.compute.run("i-1", "true");
  CHECK(code_of(done) == "permission_denied");
  CHECK(done.error().may_have_happened);
  // It may run well: that one look failed is no reason to end it.
  CHECK(handle.calls() == Calls{"get i-1", "submit i-1", "poll i-1 c1"});
}

TEST_CASE("looks at a command that are not answered are made again, and one that stays unknown is an error") {
  Running handle;
  handle.driver->submits << taken("c1");
  handle.driver->polls << passing_error(ErrorCode::throttled, "slow down")
                       << passing_error(ErrorCode::unavailable, "no route")
                       << passing_error(ErrorCode::timeout, "the server sent nothing for 30 s")
                       << passing_error(ErrorCode::io, "cannot open a socket") << ended(0);
  CHECK(handle.compute.run("i-1", "true"));
  handle.driver->polls = {};
  handle.driver->polls << passing_error(ErrorCode::not_found, "not known yet");
  handle.driver->calls.clear();
  const auto done = handle.compute.run("i-1", "true");
  CHECK(code_of(done) == "not_found");
  CHECK(done.error().may_have_happened);
  CHECK(handle.calls().back() == "poll i-1 c1");
}

TEST_CASE("a look before a script is sent does not say that the script may have run") {
  Running handle;
  handle.driver->able.agent = true;
  Error lost = passing_error(ErrorCode::unavailable, "connection reset");
  lost.may_have_happened = true;  // As of every POST.
  Error refused(ErrorCode::permission_denied, "not yours");
  refused.may_have_happened = true;
  handle.driver->agents << lost << true;
  handle.driver->submits << taken("c1");
  handle.driver->polls << lost << ended(0);
  CHECK(handle.compute.run("i-1", "true"));
  handle.driver->agents = {};
  handle.driver->agents << refused;
  auto done = handle.compute.run("i-1", "true");
  CHECK(code_of(done) == "permission_denied");
  CHECK(!done.error().may_have_happened);
  handle.driver->gets = {};
  handle.driver->gets << refused;
  CHECK(!handle.compute.run("i-1", "true").error().may_have_happened);
  CHECK(!handle.compute.get("i-1").error().may_have_happened);
}

TEST_CASE("the time that a machine may take is kept, whatever keeps it from being seen") {
  for (const Error& error : {passing_error(ErrorCode::throttled, "slow down"), no_machine(true)}) {
    ScriptedHandle handle;
    handle.driver->gets << error;
    const auto done = handle.compute.run("i-1", "true", {.ready_limit = seconds(3)});
    CHECK(code_of(done) == "timeout");
    CHECK(handle.time.now.time_since_epoch() == seconds(3));
    CHECK(code_of(handle.compute.wait_ready("i-1", {.tcp_port = 22}, {.wait_limit = seconds(4)})) == "timeout");
    CHECK(handle.time.now.time_since_epoch() == seconds(7));
    handle.driver->able.files = true;
    CHECK(code_of(handle.compute.copy_file("i-1", "x", "/x", {.ready_limit = seconds(5)})) == "timeout");
    CHECK(handle.time.now.time_since_epoch() == seconds(12));
  }
}

TEST_CASE("an interrupt while a driver runs the script is told as that, and not as an agent that is missing") {
  Running handle;
  handle.driver->able.agent = true;
  handle.driver->agents << false << true;
  RunOptions options;
  options.context = Context::cancellable();
  handle.driver->on_submit = [](std::string_view, const CommandSpec&,
                                const Context& context) -> Result<SubmittedCommand> {
    context.cancel();
    return context.check().error();
  };
  const Error error = handle.compute.run("i-1", "sleep 9", options).error();
  CHECK(error.code == ErrorCode::cancelled);
  CHECK(error.message.ends_with(", while waiting: it may run the script"));
}

TEST_CASE("a script is ended with the context, and one that does not end is given up after its time") {
  Running handle;
  handle.driver->submits << taken("c1");
  handle.driver->polls << kRunning;
  RunOptions options;
  options.context = Context::cancellable();
  handle.time.on_wait = [&] { options.context.cancel(); };
  auto done = handle.compute.run("i-1", "sleep 9", options);
  CHECK(done.error().code == ErrorCode::cancelled);
  CHECK(done.error().may_have_happened);
  CHECK(done.error().message.find("while waiting: it runs the script") != std::string::npos);
  CHECK(handle.calls().back() == "cancel i-1 c1");

  handle.time.on_wait = [] {};
  handle.driver->calls.clear();
  done = handle.compute.run("i-1", "sleep 9", {.timeout = seconds(10)});
  CHECK(done.error().message == "after 70 s it still runs the script");
  CHECK(done.error().code == ErrorCode::timeout);
  CHECK(!done.error().retryable);
  CHECK(done.error().may_have_happened);
  CHECK(done.error().hint == "it was told to end: a longer RunOptions::timeout gives it more time");
  CHECK(handle.calls().back() == "cancel i-1 c1");

  handle.driver->on_call = [](const std::string&) { return Status(Error(ErrorCode::unavailable, "no route")); };
  done = handle.compute.run("i-1", "sleep 9", {.timeout = seconds(10)});
  CHECK(done.error().hint == "it could not be told to end, and may run on: no route");
}

TEST_CASE("a time that no clock holds is a century") {
  Running handle;
  seconds given{0};
  handle.driver->on_submit = [&](std::string_view, const CommandSpec& spec, const Context&) {
    given = spec.timeout;
    return Result<SubmittedCommand>(taken("c1"));
  };
  handle.driver->polls << kRunning << ended(0);
  CHECK(handle.compute.run("i-1", "true", {.timeout = seconds::max()}));
  CHECK(given == std::chrono::hours(24) * 36525);
}

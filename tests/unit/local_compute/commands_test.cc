#include "fixture.h"
#include "local/compute/supervision.h"
#include "support/more_time.h"
#include "support/stopwatch.h"

#include <atomic>

using ::test::Machines;
using ::test::pid_in;
using ::test::runs;
using ::test::soon;
using namespace cloudkit;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

namespace {

CommandResult end_at_limit(Machines& machines, const std::string& id, const std::string& script, milliseconds limit) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(limit);
  const ::test::Stopwatch watch;
  CommandResult result = *machines->submit_command(id, {script, seconds}, {}).value().result;
  CHECK(result.timed_out);
  CHECK(watch.elapsed() >= seconds);
  return result;
}

}  // namespace

TEST_CASE("a command's output, errors and exit code are returned") {
  Machines machines;
  const std::string id = machines.create("web").id;
  const CommandResult result = machines.run(id, "echo out; echo err >&2; exit 7\n");
  CHECK(result.exit_code == 7);
  CHECK(result.out == "out\n");
  CHECK(result.err == "err\n");
  CHECK_FALSE(result.truncated);
  CHECK_FALSE(result.timed_out);
  CHECK(result.elapsed < std::chrono::seconds(20));
  CHECK(machines.run(id, "").exit_code == 0);
  CHECK(machines.run(id, "kill -TERM $$").exit_code == 128 + SIGTERM);
  CHECK(machines.run(id, "nonsense-command").exit_code == 127);
  CHECK(machines.run(id, "if then").exit_code == 2);
  CHECK(machines.run(id, "printf 'a\\0b\\377'").out == std::string("a\0b\xff", 4));
}

TEST_CASE("a command runs in the machine's directory and environment, and reads nothing") {
  ::setenv("CLOUDKIT_TEST_HOST", "cktest-host-3", 1);
  Machines machines;
  const std::string id = machines.create("web").id;
  const std::string root = machines.root(id);
  CHECK(machines.run(id, "pwd; echo $HOME; echo $CLOUDKIT_MACHINE_ROOT; echo $CLOUDKIT_INSTANCE_ID").out ==
        root + '\n' + root + '\n' + root + '\n' + id + '\n');
  CHECK_FALSE(::test::contains(machines.run(id, "env").out, "cktest-host-3"));
  ::unsetenv("CLOUDKIT_TEST_HOST");
  CHECK(machines.run(id, "cat; echo end").out == "end\n");
  CHECK(machines.run(id, "umask; ulimit -c").exit_code == 0);
}

TEST_CASE("a script may be long, and its text is in no list of processes") {
  Machines machines;
  const std::string id = machines.create("web").id;
  std::string script;
  for (int i = 0; i < 60000; ++i) script += "# a line that makes it longer than one argument may be\n";
  script += "tr '\\0' ' ' < /proc/$$/cmdline; : cktest-script-1\n";
  const CommandResult result = machines.run(id, script);
  CHECK(result.exit_code == 0);
  CHECK(::test::contains(result.out, "/bin/sh"));
  CHECK_FALSE(::test::contains(result.out, "cktest-script-1"));
}

TEST_CASE("of much output the beginning is returned, and that there was more") {
  Machines machines(milliseconds(5000), 1000);
  const std::string id = machines.create("web").id;
  CommandResult result =
      machines.run(id, "head -c 1000 /dev/zero | tr '\\0' a; head -c 1000000 /dev/zero | tr '\\0' b >&2");
  CHECK(result.out == std::string(1000, 'a'));
  CHECK(result.err == std::string(1000, 'b'));
  CHECK(result.truncated);
  result = machines.run(id, "head -c 1000 /dev/zero | tr '\\0' a");
  CHECK(result.out.size() == 1000);
  CHECK_FALSE(result.truncated);
  result = machines.run(id, "head -c 1001 /dev/zero | tr '\\0' a");
  CHECK(result.out.size() == 1000);
  CHECK(result.truncated);
}

TEST_CASE("all of a large output arrives") {
  Machines machines(milliseconds(5000), std::uint64_t{8} << 20);
  const std::string id = machines.create("web").id;
  const CommandResult result =
      machines.run(id, "head -c 5000000 /dev/zero | tr '\\0' a; head -c 3000000 /dev/zero >&2");
  CHECK(result.out.size() == 5000000);
  CHECK(result.err.size() == 3000000);
  CHECK_FALSE(result.truncated);
}

TEST_CASE("at its time limit a command is ended with its group") {
  Machines machines;
  const std::string id = machines.create("web").id;
  CHECK(::test::with_more_time(std::chrono::milliseconds(500), [&](milliseconds limit) {
    const CommandResult result =
        end_at_limit(machines, id, "trap '' TERM; sleep 1000 & echo $! > pid; echo $$ > own; echo begun; wait", limit);
    CHECK_FALSE(result.ok());
    return result.out == "begun\n";
  }));
  for (const char* name : {"pid", "own"}) {
    const pid_t pid = pid_in(machines.root(id) + '/' + name);
    REQUIRE(pid > 0);
    CHECK(soon([&] { return !runs(pid); }));
  }
  CHECK(machines.run(id, "echo on").out == "on\n");
}

TEST_CASE("at its time limit a command is ended with what has left its group") {
  Machines machines;
  const std::string id = machines.create("web").id;
  const std::string away = machines.root(id) + "/away";
  CHECK(::test::with_more_time(std::chrono::milliseconds(500), [&](milliseconds limit) {
    end_at_limit(machines, id, "setsid sh -c 'echo $$ > away; sleep 1000; :' & wait", limit);
    return !::test::read_file(away).empty();
  }));
  const pid_t pid = pid_in(away);
  REQUIRE(pid > 0);
  CHECK(soon([&] { return !runs(pid); }));
}

TEST_CASE("a cancelled command returns at once, and is ended") {
  Machines machines;
  const std::string id = machines.create("web").id;
  const Context context = Context::cancellable();
  Clock::time_point cancelled;
  std::thread canceller([&] {
    pid_in(machines.root(id) + "/pid");
    cancelled = Clock::now();
    context.cancel();
  });
  const auto result = machines->submit_command(id, {"echo $$ > pid; while :; do sleep 0.01; done"}, context);
  const auto returned = Clock::now();
  canceller.join();
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == ErrorCode::cancelled);
  CHECK(result.error().may_have_happened);
  CHECK(returned - cancelled < ::test::kSoon);
  const pid_t pid = pid_in(machines.root(id) + "/pid");
  REQUIRE(pid > 0);
  CHECK(soon([&] { return !runs(pid); }));

  const auto late = machines->submit_command(id, {"sleep 1000"}, Context::with_timeout(milliseconds(50)));
  REQUIRE_FALSE(late.has_value());
  CHECK(late.error().code == ErrorCode::timeout);
}

TEST_CASE("what a command leaves in the background goes on until the machine is stopped") {
  Machines machines;
  const std::string id = machines.create("web").id;
  const CommandResult result =
      machines.run(id, "sleep 1000 > /dev/null 2>&1 & echo $! > pid; setsid sleep 1000 & echo done");
  CHECK(result.out == "done\n");
  CHECK(result.elapsed < std::chrono::seconds(10));
  const pid_t pid = pid_in(machines.root(id) + "/pid");
  CHECK(runs(pid));
  REQUIRE(machines->stop(id, {}).has_value());
  REQUIRE(machines.becomes(id, InstanceState::stopped));
  CHECK_FALSE(runs(pid));
  CHECK(::test::processes_with(machines.directory()).empty());
}

TEST_CASE("a background process that prints without end does not keep its command") {
  Machines machines(milliseconds(50));
  const std::string id = machines.create("web").id;
  const auto begun = Clock::now();
  const CommandResult result = machines.run(id, "yes & echo done");
  CHECK(result.exit_code == 0);
  CHECK(Clock::now() - begun < std::chrono::seconds(10));
}

TEST_CASE("stopping a machine ends its commands, which are told how") {
  Machines machines;
  const std::string id = machines.create("web").id;
  std::thread stopper([&] {
    pid_in(machines.root(id) + "/pid");
    CHECK(machines->stop(id, {}).has_value());
  });
  const CommandResult result = machines.run(id, "echo $$ > pid; exec sleep 1000");
  stopper.join();
  CHECK(result.exit_code == 128 + SIGTERM);
  REQUIRE(machines.becomes(id, InstanceState::stopped));
  const auto refused = machines->submit_command(id, {"true"}, {});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::conflict);
  CHECK(refused.error().message == "the machine is stopped");
  CHECK_FALSE(machines->agent_ready(id, {}).value());
}

TEST_CASE("a command whose machine is killed says that it may have run") {
  Machines machines;
  const std::string id = machines.create("web").id;
  std::thread killer([&] {
    pid_in(machines.root(id) + "/pid");
    ::kill(static_cast<pid_t>(machines.store().find(id).value().status->supervisor.pid), SIGKILL);
  });
  const auto result = machines->submit_command(id, {"echo $$ > pid; exec sleep 1000"}, {});
  killer.join();
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == ErrorCode::unavailable);
  CHECK(result.error().message == "the machine ended while the command ran");
  CHECK(result.error().may_have_happened);
}

TEST_CASE("commands run at once, and none gets another one's output") {
  Machines machines;
  const std::string id = machines.create("web").id;
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int k = 0; k < 5; ++k) {
        const std::string text = std::to_string(i) + '-' + std::to_string(k);
        const CommandResult result = machines.run(id, "echo " + text + "; exit " + std::to_string(i));
        if (result.out == text + '\n' && result.exit_code == i) ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(right == 40);
}

TEST_CASE("who speaks nonsense to a supervisor is not heard, and disturbs nobody") {
  Machines machines;
  const std::string id = machines.create("web").id;
  const std::string directory = machines.path("instances/" + id);
  for (const std::string& text :
       {std::string("x"), std::string(1000, '\xff'), std::string(sizeof(local::compute::Request), '\0')}) {
    const auto socket = local::compute::connect_supervisor(directory).value();
    ::write(socket.get(), text.data(), text.size());
    char byte = 0;
    CHECK(soon([&] { return ::read(socket.get(), &byte, 1) == 0 || errno != EAGAIN; }));
  }
  // A reader that never reads, and many that say nothing.
  std::vector<core::UniqueFd> silent;
  for (int i = 0; i < 50; ++i) silent.push_back(local::compute::connect_supervisor(directory).value());
  CHECK(machines.run(id, "echo on").out == "on\n");
}

TEST_CASE("a console keeps the newest of what a machine prints") {
  Machines machines;
  const std::string id = machines.create("web", "head -c 4000000 /dev/zero | tr '\\0' a; echo; echo last\n").id;
  REQUIRE(soon([&] { return ::test::contains(machines->console(id, {}).value(), "user data ended"); }));
  const std::string console = machines->console(id, {}).value();
  CHECK(console.size() == std::size_t{64} << 10);
  CHECK(::test::contains(console, "a\nlast\n[cloudkit] "));
  CHECK(std::filesystem::file_size(machines.path("instances/" + id + "/console.log")) < 1200000);
  CHECK(std::filesystem::file_size(machines.path("instances/" + id + "/console.log.1")) < 1200000);
}

TEST_CASE("a directory with a long path holds machines, too") {
  const ::test::TemporaryDirectory directory;
  const std::string deep = directory.path() + '/' + std::string(200, 'd') + '/' + std::string(200, 'e');
  local::compute::LocalComputeDriver driver(deep, {});
  const Instance made = driver.create(::test::spec_of("web"), {}).value();
  CHECK(driver.submit_command(made.id, {"echo here"}, {}).value().result->out == "here\n");
  CHECK(driver.destroy(made.id, {}).has_value());
  CHECK(soon([&] { return driver.get(made.id, {}).value().state == InstanceState::terminated; }));
  CHECK(soon([&] { return ::test::processes_with(directory.path()).empty(); }));
}

#include "machine.h"
#include "support/more_time.h"
#include "support/read_file.h"
#include "support/stopwatch.h"

#include <cloudkit/compute.h>
#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

using namespace cloudkit;
using namespace std::chrono_literals;

namespace {

struct CommandsFixture : ::test::WithMachine {
  CommandResult run(const std::string& script) const { return machine->run(script).value(); }
  std::string read(const std::string& name) const { return ::test::read_file(directory.file(name)); }
  // Whether the process, whose number a script has written, has ended.
  bool is_gone(const std::string& name) const {
    return ::test::soon([&] {
      std::string pid = read(name);
      while (pid.ends_with('\n')) pid.pop_back();
      return !pid.empty() && !std::filesystem::exists("/proc/" + pid);
    });
  }
};

}  // namespace

TEST_CASE("a script runs, and its exit code and both of its outputs come back") {
  const CommandsFixture at;
  if (!at) return;
  const auto done = at.run("echo out\necho err >&2\nprintf 'no newline'\nexit 3");
  CHECK(done.exit_code == 3);
  CHECK(done.out == "out\nno newline");
  CHECK(done.err == "err\n");
  CHECK_FALSE(done.truncated);
  CHECK_FALSE(done.timed_out);
  CHECK(done.elapsed < ::test::kSoon);
  CHECK(at.run("").exit_code == 0);
  CHECK(at.run("# nothing but a comment").out.empty());
}

TEST_CASE("a script that ends with 255, or by a signal, is known from an ssh that fails") {
  const CommandsFixture at;
  if (!at) return;
  CHECK(at.run("exit 255").exit_code == 255);
  CHECK(at.run("kill -KILL $$").exit_code == 137);
  CHECK(at.run("kill -TERM $$; sleep 5").exit_code == 143);
  CHECK(at.run("if then").exit_code == 2);
  CHECK(at.run("cloudkit-no-such-program").exit_code == 127);
}

TEST_CASE("a script may end its process group on its way out") {
  const CommandsFixture at;
  if (!at) return;
  const auto done =
      at.run("trap 'kill 0' EXIT; sleep 60 & echo $! >" + at.directory.file("child") + "; echo out; exit 3");
  CHECK(done.out == "out\n");
  CHECK(done.exit_code == 143);
  CHECK(at.is_gone("child"));
}

TEST_CASE("a command in a script cannot read the script, and no list of arguments shows it") {
  const CommandsFixture at;
  if (!at) return;
  CHECK(at.run("cat\necho next").out == "next\n");
  CHECK(at.run("read line; echo \"$?\"").out == "1\n");
  const auto listed = at.run("SECRET=cktest-ssh-script-1; ps -eo args 2>/dev/null || cat /proc/[0-9]*/cmdline");
  CHECK(listed.out.find("sshd") != std::string::npos);
  CHECK(listed.out.find("cktest-ssh-script-1") == std::string::npos);
  CHECK(at.run("echo $0 $#").out.ends_with("sh 0\n"));
}

TEST_CASE("a script may be large, hold any character but NUL, and print what looks like an end") {
  const CommandsFixture at;
  if (!at) return;
  std::string large = "x='";
  large.append(3 << 20, 'y');
  large += "'\necho ${#x}";
  CHECK(at.run(large).out == "3145728\n");
  CHECK(at.run("printf '%s' 'a\"b$c`d\\e!f\tg\r\xC3\xA9 '").out == "a\"b$c`d\\e!f\tg\r\xC3\xA9 ");
  CHECK(at.run("cat <<'EOF'\n$x 'y'\nEOF\necho ok").out == "$x 'y'\nok\n");
  CHECK(at.run("echo 00000000000000000000000000000000:end:7; exit 1").exit_code == 1);
  const auto zero = at.machine->run(std::string("a\0b", 3));
  CHECK(zero.error().code == ErrorCode::invalid_argument);
}

TEST_CASE("output without end is cut at the limit, and the script runs on") {
  const CommandsFixture at;
  if (!at) return;
  auto connection = at.sshd->connection();
  connection.max_output = 1000;
  const ::test::Machine small(*at.sshd, connection);
  CHECK(small.driver->capabilities().max_output == 1000);
  const auto cut = small.run("head -c 20000000 /dev/zero | tr '\\0' x; echo e >&2; exit 4").value();
  CHECK(cut.out == std::string(1000, 'x'));
  CHECK(cut.truncated);
  CHECK(cut.err == "e\n");
  CHECK(cut.exit_code == 4);
  const auto whole = small.run("head -c 1000 /dev/zero | tr '\\0' x").value();
  CHECK(whole.out.size() == 1000);
  CHECK_FALSE(whole.truncated);
  CHECK(at.run("head -c 1048576 /dev/zero").out == std::string(1 << 20, '\0'));
}

TEST_CASE("a script that takes too long is ended there too, with all that it started") {
  const CommandsFixture at;
  if (!at) return;
  const std::string script =
      "cd " + at.directory.path() +
      "; echo $$ >shell; echo before; sleep 60 & echo $! >child; (trap '' TERM; sleep 60) & wait";
  CHECK(::test::with_more_time(1s, [&](std::chrono::milliseconds limit) {
    const ::test::Stopwatch watch;
    const auto done = at.machine->run(script, std::chrono::ceil<std::chrono::seconds>(limit)).value();
    CHECK(done.timed_out);
    CHECK_FALSE(done.ok());
    CHECK(watch.elapsed() >= limit);
    CHECK(watch.elapsed() < limit + ::test::kSoon);
    return done.out == "before\n" && !at.read("child").empty();
  }));
  CHECK(at.is_gone("shell"));
  CHECK(at.is_gone("child"));
}

TEST_CASE("a caller who cancels is let go at once, and the script is ended") {
  const CommandsFixture at;
  if (!at) return;
  REQUIRE(at.run("true").ok());
  const auto context = Context::cancellable();
  ::test::Stopwatch since_cancel;
  std::thread canceller([&] {
    CHECK(::test::soon([&] { return !at.read("shell").empty(); }));
    since_cancel = {};
    context.cancel();
  });
  const auto done = at.machine->run("echo $$ >" + at.directory.file("shell") + "; exec sleep 60", 60s, context);
  const auto elapsed = since_cancel.elapsed();
  canceller.join();
  REQUIRE_FALSE(done);
  CHECK(done.error().code == ErrorCode::cancelled);
  CHECK(done.error().may_have_happened);
  CHECK(elapsed < ::test::kSoon);
  CHECK(at.is_gone("shell"));
  CHECK(at.machine->run("true", 60s, context).error().code == ErrorCode::cancelled);
}

TEST_CASE("what a script leaves behind on purpose lives on, and is not waited for") {
  const CommandsFixture at;
  if (!at) return;
  const ::test::Stopwatch watch;
  const auto done = at.run("sleep 60 & echo $!");
  CHECK(done.exit_code == 0);
  CHECK(watch.elapsed() < ::test::kSoon);
  std::this_thread::sleep_for(100ms);
  CHECK(at.run("kill " + done.out).exit_code == 0);
}

// sshd takes ten sessions over a connection; ssh makes another one for what is more.
TEST_CASE("more scripts than a connection takes run on a host at once, each with its own output") {
  const CommandsFixture at;
  if (!at) return;
  std::vector<std::string> outputs(13);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    threads.emplace_back([&, i] { outputs[i] = at.run("sleep 0.5; echo " + std::to_string(i)).out; });
  }
  for (auto& thread : threads) thread.join();
  for (std::size_t i = 0; i < outputs.size(); ++i) CHECK(outputs[i] == std::to_string(i) + "\n");
}

TEST_CASE("a host that answers is running, and has the number of its boot") {
  const CommandsFixture at;
  if (!at) return;
  const auto host = at.machine->driver->get("127.0.0.1", {}).value();
  CHECK(host.id == "127.0.0.1");
  CHECK(host.name == "127.0.0.1");
  CHECK(host.state == InstanceState::running);
  CHECK(host.private_ip == "127.0.0.1");
  CHECK(host.boot_id.size() == 36);
  CHECK(at.machine->driver->agent_ready("127.0.0.1", {}).value());
  const auto missing = at.machine->driver->get("web1", {});
  CHECK(missing.error().code == ErrorCode::not_found);
  CHECK(missing.error().hint == "known are: 127.0.0.1");
  CHECK(at.machine->driver->start("127.0.0.1", {}).error().code == ErrorCode::unsupported);
}

TEST_CASE("the handle waits until a host takes commands, and says why it does not") {
  const CommandsFixture at;
  if (!at) return;
  const Compute compute(at.machine->driver);
  CHECK(compute.wait_ready("127.0.0.1", {.agent = true}).value().state == InstanceState::running);
  CHECK(compute.wait_ready("127.0.0.1", {.tcp_port = at.sshd->port()}));
  CHECK(compute.run("127.0.0.1", "echo hello").value().out == "hello\n");

  ssh::SshOptions options;
  options.host = "127.0.0.1";
  options.port = 1;
  options.connection = at.sshd->connection();
  const auto dead = ssh::make_compute(options).value();
  const auto late = dead.wait_ready("127.0.0.1", {.agent = true}, {.wait_limit = 1s});
  CHECK(late.error().code == ErrorCode::timeout);
  CHECK(late.error().message.find("Connection refused") != std::string::npos);
  // It exists already, so nobody waits for it to boot.
  CHECK(dead.run("127.0.0.1", "true").error().code == ErrorCode::unavailable);
}

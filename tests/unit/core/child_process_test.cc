#include "core/child_process.h"

#include "support/more_time.h"
#include "support/programs.h"
#include "support/stopwatch.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

using namespace cloudkit;
using namespace std::chrono_literals;
using core::ProgramLimits;
using ::test::Programs;
using Arguments = std::vector<std::string>;

namespace {

Result<core::ProgramResult> run(const Arguments& arguments, const ProgramLimits& limits = {},
                                const Context& context = {}) {
  return core::run_program(arguments, limits, context);
}

std::string output_of(const Arguments& arguments) { return run(arguments).value().output; }

Error error_of(const Result<core::ProgramResult>& result) {
  REQUIRE_FALSE(result);
  return result.error();
}

using ::test::Stopwatch;
using ::test::with_more_time;

// One that the program was still writing would be none.
bool has_line(const Programs& programs, const std::string& name) { return programs.read(name).ends_with('\n'); }

bool has_children() { return ::waitpid(-1, nullptr, WNOHANG) >= 0 || errno != ECHILD; }

}  // namespace

TEST_CASE("a program gets its arguments as they are, and its output comes back") {
  Programs programs;
  const auto path = programs.script("show", R"(for a in "$@"; do printf '[%s]' "$a"; done)");
  CHECK(output_of({path}) == "");
  CHECK(output_of({path, "a b", "", "$(id)", "`id`;rm x", "a>b|c&&d", "\"'\\\n"}) ==
        "[a b][][$(id)][`id`;rm x][a>b|c&&d][\"'\\\n]");
  CHECK(output_of({"printf", "%s", "found by PATH"}) == "found by PATH");
}

TEST_CASE("how a program ended is told as a shell would") {
  Programs programs;
  CHECK(run({"true"}).value().exit_code == 0);
  const auto failed = run({programs.script("fail", "echo partly; echo SECRET >&2; exit 3")}).value();
  CHECK(failed.exit_code == 3);
  CHECK(failed.output == "partly\n");
  CHECK(run({programs.script("die", "kill -SEGV $$")}).value().exit_code == 128 + SIGSEGV);
  CHECK(run({programs.script("mute", "exec >&-; sleep 0.1; exit 4")}).value().exit_code == 4);
}

TEST_CASE("a program that cannot be started is named, with the reason") {
  Programs programs;
  const auto problem = [](const Arguments& arguments) {
    const Error error = error_of(run(arguments));
    CHECK(error.code == ErrorCode::io);
    return error.message;
  };
  const auto here = programs.directory();
  CHECK(problem({here + "/missing", "SECRET"}) == "run " + here + "/missing: No such file or directory");
  CHECK(problem({"cloudkit-no-such-program"}) == "run cloudkit-no-such-program: No such file or directory");
  CHECK(problem({""}) == "run : No such file or directory");
  CHECK(problem({here}) == "run " + here + ": Permission denied");
  const auto data = programs.file("data", "#!/bin/sh\n", std::filesystem::perms::owner_read);
  CHECK(problem({data}) == "run " + data + ": Permission denied");
  // What execvp would hand to a shell.
  const auto text = programs.file("text", "echo from a shell\n", std::filesystem::perms::owner_all);
  CHECK(problem({text}) == "run " + text + ": Exec format error");
  CHECK(error_of(run({})).message == "there is no program to run");
}

TEST_CASE("a program that prints without end is stopped at the limit") {
  const Stopwatch watch;
  const Error error = error_of(run({"head", "-c", "2147483648", "/dev/zero"}));
  CHECK(error.code == ErrorCode::unknown);
  CHECK(error.message == "it printed more than 1048576 bytes");
  CHECK(watch.elapsed() < ::test::kSoon);
  CHECK_FALSE(has_children());

  CHECK(output_of({"head", "-c", "1048576", "/dev/zero"}).size() == 1048576);
  CHECK_FALSE(run({"head", "-c", "1048577", "/dev/zero"}));
}

TEST_CASE("a program that hangs is killed at the time limit, also when it ignores SIGTERM") {
  Programs programs;
  const auto path = programs.script("hang", "trap '' TERM INT HUP\necho $$ >group\nwhile :; do sleep 60; done");
  CHECK(with_more_time(std::chrono::milliseconds(500), [&](std::chrono::milliseconds limit) {
    const Stopwatch watch;
    const Error error = error_of(run({path}, {.time = limit}));
    CHECK(error.code == ErrorCode::timeout);
    CHECK(error.message == "it did not end within " + std::to_string(limit.count()) + " ms");
    CHECK(watch.elapsed() >= limit);
    CHECK(watch.elapsed() < limit + ::test::kSoon);
    return has_line(programs, "group");
  }));
  CHECK(::test::group_is_gone(programs.read("group")));
  CHECK_FALSE(has_children());
}

TEST_CASE("a child that a program leaves behind with its output is neither waited for nor left") {
  Programs programs;
  const auto path = programs.script("leave", "echo $$ >group\nsleep 60 &\necho done");
  const Stopwatch watch;
  CHECK(output_of({path}) == "done\n");
  CHECK(watch.elapsed() < ::test::kSoon);
  CHECK(::test::group_is_gone(programs.read("group")));
}

TEST_CASE("all that a program forks dies with it") {
  Programs programs;
  const auto path = programs.script("bomb",
                                    "echo $$ >group\n"
                                    "bomb() {\n"
                                    "  if [ \"$1\" -eq 0 ]; then echo leaf >>leaves; exec sleep 60; fi\n"
                                    "  bomb $(($1 - 1)) &\n"
                                    "  bomb $(($1 - 1)) &\n"
                                    "  wait\n"
                                    "}\n"
                                    "bomb 4");
  CHECK(with_more_time(std::chrono::milliseconds(500), [&](std::chrono::milliseconds limit) {
    CHECK(error_of(run({path}, {.time = limit})).code == ErrorCode::timeout);
    return programs.read("leaves").starts_with("leaf\n");
  }));
  CHECK(::test::group_is_gone(programs.read("group")));
  CHECK_FALSE(has_children());
}

TEST_CASE("the caller's deadline and cancellation end a program") {
  Programs programs;
  const auto path = programs.script("hang", "echo $$ >group\nexec sleep 60");
  CHECK(with_more_time(std::chrono::milliseconds(500), [&](std::chrono::milliseconds limit) {
    const Stopwatch watch;
    const Error error = error_of(run({path}, {}, Context::with_timeout(limit)));
    CHECK(error.code == ErrorCode::timeout);
    CHECK(error.message == "the caller's deadline passed");
    CHECK(watch.elapsed() < limit + ::test::kSoon);
    return has_line(programs, "group");
  }));
  CHECK(::test::group_is_gone(programs.read("group")));

  std::filesystem::remove(programs.directory() + "/group");
  const auto context = Context::cancellable();
  Stopwatch since_cancelled;
  std::thread canceller([&] {
    ::test::soon([&] { return has_line(programs, "group"); });
    since_cancelled = {};
    context.cancel();
  });
  const Error error = error_of(run({path}, {}, context));
  canceller.join();
  CHECK(error.code == ErrorCode::cancelled);
  CHECK(since_cancelled.elapsed() < ::test::kSoon);
  CHECK(::test::group_is_gone(programs.read("group")));
  CHECK(error_of(run({programs.directory() + "/missing"}, {}, context)).code == ErrorCode::cancelled);
}

TEST_CASE("a program inherits no input, no open file and no state of signals") {
  CHECK(output_of({"cat"}) == "");
  const int leaked = ::open("/dev/null", O_RDONLY);  // NOLINT: without O_CLOEXEC on purpose
  REQUIRE(leaked > 2);
  // 3 is the directory that ls itself opens.
  CHECK(output_of({"ls", "/proc/self/fd"}) == "0\n1\n2\n3\n");
  ::close(leaked);

  sigset_t blocked, before;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
  const auto handler = ::signal(SIGINT, SIG_IGN);
  const std::string ignored = output_of({"sed", "-n", "s/^SigIgn:.//p", "/proc/self/status"});
  const std::string still_blocked = output_of({"sed", "-n", "s/^SigBlk:.//p", "/proc/self/status"});
  ::signal(SIGINT, handler);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  // Above 31 are the C library's own.
  CHECK((std::stoull(ignored, nullptr, 16) & 0x7FFFFFFF) == 0);
  CHECK(std::stoull(still_blocked, nullptr, 16) == 0);
}

TEST_CASE("a host without stdin or stdout can run programs") {
  const int in = ::fcntl(0, F_DUPFD_CLOEXEC, 10);
  const int out = ::fcntl(1, F_DUPFD_CLOEXEC, 10);
  ::close(0);
  ::close(1);
  const auto result = run({"echo", "hello"});
  ::dup2(in, 0);
  ::dup2(out, 1);
  ::close(in);
  ::close(out);
  CHECK(result.value().output == "hello\n");
}

TEST_CASE("a host that ignores its dead children gets the output all the same") {
  const auto handler = ::signal(SIGCHLD, SIG_IGN);
  const auto result = run({"echo", "hello"});
  ::signal(SIGCHLD, handler);
  REQUIRE(result);
  CHECK(result->output == "hello\n");
}

TEST_CASE("many threads run programs, and each gets its own output") {
  std::vector<std::thread> threads;
  std::vector<std::string> outputs(8);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    threads.emplace_back([&outputs, i] {
      for (int round = 0; round < 3; ++round) outputs[i] += run({"echo", std::to_string(i)}).value().output;
    });
  }
  for (auto& thread : threads) thread.join();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const std::string line = std::to_string(i) + "\n";
    CHECK(outputs[i] == line + line + line);
  }
  CHECK_FALSE(has_children());
}

namespace {

class Peer final : public core::ProgramPeer {
 public:
  explicit Peer(std::string input) : input_(std::move(input)) {}
  bool stays_open = false;
  std::string enough;  // Of the output.
  std::string prompt;  // Before it gets anything.
  std::string output, errors;

  Result<std::optional<std::string_view>> next_input() override {
    if (output.find(prompt) == std::string::npos) return std::optional<std::string_view>();
    return std::optional(std::exchange(done_, true) ? std::string_view() : input_);
  }
  bool keeps_input_open() const override { return stays_open; }
  Status take_output(std::string_view text) override {
    output += text;
    return {};
  }
  Status take_errors(std::string_view text) override {
    errors += text;
    return {};
  }
  Result<bool> proceed() override { return enough.empty() || output.find(enough) == std::string::npos; }

 private:
  std::string input_;
  bool done_ = false;
};

}  // namespace

TEST_CASE("a program that is talked to reads all of its input, and both of its outputs come back") {
  Programs programs;
  Peer peer(std::string(1 << 20, 'x'));
  const auto path = programs.script("count", "tee copy; echo done >&2; exit 5");
  CHECK(core::talk_to_program({path}, peer, {}).value() == 5);
  CHECK(peer.output.size() == 1 << 20);
  CHECK(peer.errors == "done\n");
  CHECK(programs.read("copy").size() == 1 << 20);
  CHECK_FALSE(has_children());
}

TEST_CASE("a program that reads nothing of a large input ends as it wants, and raises no SIGPIPE here") {
  Peer peer(std::string(1 << 20, 'x'));
  CHECK(core::talk_to_program({"true"}, peer, {}).value() == 0);
  CHECK(core::talk_to_program({"cloudkit-no-such-program"}, peer, {}).error().code == ErrorCode::io);
}

TEST_CASE("a program gets its input when its peer wants so") {
  Peer peer("hello\n");
  peer.prompt = "ready\n";
  Programs programs;
  CHECK(core::talk_to_program({programs.script("ask", "sleep 0.1; echo ready; cat")}, peer, {}).value() == 0);
  CHECK(peer.output == "ready\nhello\n");
}

TEST_CASE("a program is ended when its peer has enough, though its input is still open") {
  Programs programs;
  Peer peer("hello\n");
  peer.stays_open = true;
  peer.enough = "hello";
  const Stopwatch watch;
  CHECK(core::talk_to_program({programs.script("echo", "echo $$ >group; cat")}, peer, {}).value() == 128 + SIGKILL);
  CHECK(watch.elapsed() < ::test::kSoon);
  CHECK(::test::group_is_gone(programs.read("group")));

  Peer endless("");
  endless.stays_open = true;
  CHECK(core::talk_to_program({"cat"}, endless, Context::with_timeout(50ms)).error().code == ErrorCode::timeout);
  CHECK_FALSE(has_children());
}

#include "local/functions/child.h"

#include "fixture.h"
#include "local/functions/spawner.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

using namespace cloudkit;
using local::functions::Child;
using local::functions::ChildSpec;

namespace {

ChildSpec shell_child(const std::string& script) {
  return {{"/bin/sh", "-c", script}, {"PATH=/usr/bin:/bin", "A=b"}, "/"};
}

std::string read_all(int fd) {
  std::string text;
  while (true) {
    pollfd poll{fd, POLLIN, 0};
    ::poll(&poll, 1, 20000);
    std::array<char, 4096> buffer;
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

bool ends_soon(const Child& child) {
  return ::test::soon([&] { return !child.running(); });
}

}  // namespace

TEST_CASE("a child has the environment it was given and no other") {
  ::setenv("CLOUDKIT_TEST_HOST", "cktest-host-1", 1);
  const auto child = Child::start({{"/usr/bin/env"}, {"A=b", "PATH=/bin"}, "/"}).value();
  CHECK(read_all(child->output()) == "A=b\nPATH=/bin\n");
  ::unsetenv("CLOUDKIT_TEST_HOST");
}

TEST_CASE("a child has no open file of the host but its two pipes, and reads nothing") {
  const core::UniqueFd leaky(::open("/dev/zero", O_RDONLY));  // Without O_CLOEXEC.
  const auto child = Child::start(shell_child("ls -l /proc/self/fd; cat; echo end; echo error >&2")).value();
  const std::string output = read_all(child->output());
  CHECK_FALSE(::test::contains(output, "/dev/zero"));
  CHECK(::test::contains(output, " 0 -> /dev/null"));
  CHECK(output.ends_with("end\n"));
  CHECK(read_all(child->errors()) == "error\n");
}

TEST_CASE("how a child ended is told as Lambda tells it") {
  const auto ended = [](const std::string& script) {
    const auto child = Child::start(shell_child(script)).value();
    CHECK(ends_soon(*child));
    return describe(child->kill());
  };
  CHECK(ended("exit 0") == "exit status 0");
  CHECK(ended("exit 7") == "exit status 7");
  CHECK(ended("kill -SEGV $$") == "signal: segmentation fault");
  CHECK(ended("kill -KILL $$") == "signal: killed");
  CHECK(ended("kill -USR1 $$") == "signal: signal 10");
}

TEST_CASE("what the kernel cannot run is refused with its reason") {
  const ::test::TemporaryDirectory directory;
  const auto refused = [&](const std::string& contents, mode_t mode) {
    const std::string path = directory.file("program");
    ::unlink(path.c_str());
    const core::UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT, mode));
    REQUIRE(::write(file.get(), contents.data(), contents.size()) == static_cast<ssize_t>(contents.size()));
    const core::UniqueFd closed = core::UniqueFd(::dup(file.get()));
    return path;
  };
  const auto message = [](const std::string& path) {
    const auto child = Child::start({{path}, {}, "/"});
    REQUIRE_FALSE(child);
    CHECK(child.error().code == ErrorCode::invalid_argument);
    return child.error().message;
  };
  CHECK(message(directory.file("none")) == "no such file or directory");
  CHECK(message(refused("#!/bin/sh\n", 0600)) == "permission denied");
  CHECK(message(refused("#!/no/such/interpreter\n", 0700)) == "no such file or directory");
  CHECK(message(refused("this is no program", 0700)) == "exec format error");
  CHECK(Child::start({{"/bin/true"}, {}, "/no/such/directory"}).error().message == "no such file or directory");
}

TEST_CASE("a child is killed with its group") {
  const auto child = Child::start(shell_child("sleep 1000 & echo $!; wait")).value();
  std::string text;
  REQUIRE(::test::soon([&] {
    std::array<char, 64> buffer;
    const ssize_t count = ::read(child->output(), buffer.data(), buffer.size());
    if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
    return text.ends_with('\n');
  }));
  const pid_t grandchild = std::stoi(text);
  CHECK(::test::is_alive(grandchild));
  CHECK(::getpgid(grandchild) == child->pid());
  CHECK(::getpgid(child->pid()) != ::getpgid(0));
  CHECK(child->kill().signal == SIGKILL);
  CHECK(::test::soon([&] { return !::test::is_alive(grandchild); }));
  CHECK_FALSE(child->running());
}

TEST_CASE("a child ends with a host that crashes, also one that was started for a thread that has gone") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const pid_t host = ::fork();
  if (host == 0) {
    local::functions::Spawner spawner;
    std::unique_ptr<Child> ended;
    std::unique_ptr<Child> child;
    std::thread([&] {
      ended = spawner.start(shell_child("exit 0")).value();
      child = spawner.start(shell_child("sleep 1000 & echo $!; wait")).value();
    }).join();
    ended->kill();
    std::string text;
    while (!text.ends_with('\n')) {
      std::array<char, 64> buffer;
      const ssize_t count = ::read(child->output(), buffer.data(), buffer.size());
      if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    const std::array<pid_t, 2> pids = {child->pid(), std::stoi(text)};
    if (::write(ends[1], pids.data(), sizeof pids) != sizeof pids) ::_exit(2);
    while (true) ::pause();
  }
  std::array<pid_t, 2> pids{};
  REQUIRE(::read(ends[0], pids.data(), sizeof pids) == sizeof pids);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  for (const pid_t pid : pids) CHECK(::test::is_alive(pid));
  ::kill(host, SIGKILL);
  ::waitpid(host, nullptr, 0);
  // What the child started itself, too.
  for (const pid_t pid : pids) CHECK(::test::soon([&] { return !::test::is_alive(pid); }));
  for (const int fd : ends) ::close(fd);
}

TEST_CASE("signals that the host ignores or blocks are neither for a child") {
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t blocked;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  const auto child = Child::start(shell_child("kill -TERM $$; echo alive")).value();
  const auto pipe = Child::start(shell_child("kill -PIPE $$; echo alive")).value();
  CHECK(read_all(child->output()).empty());
  CHECK(read_all(pipe->output()).empty());
  ::pthread_sigmask(SIG_UNBLOCK, &blocked, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
}

TEST_CASE("the group of a child that somebody else reaped is left alone, as its number may be another's") {
  ::signal(SIGCHLD, SIG_IGN);
  const auto child = Child::start(shell_child("sleep 1000 >/dev/null 2>&1 & echo $!")).value();
  const pid_t grandchild = std::stoi(read_all(child->output()));
  CHECK(ends_soon(*child));
  CHECK_FALSE(child->kill().known);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));  // A signal takes a moment.
  CHECK(::test::is_alive(grandchild));
  // One that runs is killed in such a host, too.
  const auto other = Child::start(shell_child("sleep 1000")).value();
  CHECK_FALSE(other->kill().known);
  CHECK(::test::soon([&] { return !::test::is_alive(other->pid()); }));
  ::signal(SIGCHLD, SIG_DFL);
  ::kill(grandchild, SIGKILL);
}

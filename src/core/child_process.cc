#include "core/child_process.h"

#include "core/context_wait.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/pipe.h"
#include "core/unique_fd.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <thread>
#include <utility>

extern char** environ;  // NOLINT: POSIX declares it in no header.

namespace cloudkit::inline v0::core {
namespace {

using Clock = Context::Clock;
using std::chrono::milliseconds;

// How often it is asked whether the program has ended: the end of its output alone does not tell,
// since a child that it left behind may hold the pipe open for ever.
constexpr milliseconds kLook{10};
// SIGKILL works at once, but for a process of another user (sudo), or one that waits for a dead disk.
constexpr milliseconds kLongestDeath{500};

Result<Pipe> open_output() {
  auto pipe = open_pipe();
  if (!pipe || ::fcntl(pipe->read_end.get(), F_SETFL, O_NONBLOCK) != 0) return io_error("open a pipe", errno);
  return *std::move(pipe);
}

// What posix_spawn wants to know. The first call that fails is remembered.
class SpawnPlan {
 public:
  SpawnPlan() {
    note(::posix_spawnattr_init(&attributes_));
    note(::posix_spawn_file_actions_init(&actions_));
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  void connect(int output) {
    // First, since in a host without stdin `output` may be 0.
    note(::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO));
    note(::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0));
    note(::posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0));
    close_the_rest();
  }

  // A group of its own, and no signal blocked or ignored because the calling thread does so.
  void detach() {
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    for (const int fixed : {SIGKILL, SIGSTOP}) ::sigdelset(&all, fixed);
    note(::posix_spawnattr_setpgroup(&attributes_, 0));
    note(::posix_spawnattr_setsigmask(&attributes_, &none));
    note(::posix_spawnattr_setsigdefault(&attributes_, &all));
    note(::posix_spawnattr_setflags(&attributes_,
                                    POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
  }

  int start(pid_t& pid, const std::vector<std::string>& arguments) {
    if (problem_ != 0) return problem_;
    std::vector<char*> argv;
    argv.reserve(arguments.size() + 1);
    // POSIX promises that they are not changed.
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    return ::posix_spawnp(&pid, argv.front(), &actions_, &attributes_, argv.data(), environ);
  }

 private:
  void note(int error) noexcept {
    if (problem_ == 0) problem_ = error;
  }

  // What the host opened without O_CLOEXEC, where the C library can.
  void close_the_rest() {
#ifdef __GLIBC_PREREQ
#if __GLIBC_PREREQ(2, 34)
    note(::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1));
#endif
#endif
  }

  posix_spawnattr_t attributes_;
  posix_spawn_file_actions_t actions_;
  int problem_ = 0;
};

// A running program: killed with its whole group, and reaped, at the latest by the destructor.
class Child {
 public:
  explicit Child(pid_t pid) noexcept : pid_(pid) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { finish(); }

  bool has_ended() const noexcept { return look() != State::runs; }

  // The exit code, or nothing where the system does not tell.
  std::optional<int> finish() noexcept {
    if (done_) return std::nullopt;
    done_ = true;
    const bool has_its_number = look() != State::reaped;
    ::kill(-pid_, SIGKILL);
    if (has_its_number) ::kill(pid_, SIGKILL);  // It may have joined another group.
    const auto until = Clock::now() + kLongestDeath;
    do {
      int status = 0;
      const pid_t reaped = ::waitpid(pid_, &status, WNOHANG);
      if (reaped == pid_) return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
      if (reaped < 0 && errno != EINTR) return std::nullopt;
      std::this_thread::sleep_for(milliseconds(1));
    } while (Clock::now() < until);
    return std::nullopt;
  }

 private:
  // Reaped by others: a host may ignore SIGCHLD, or wait for whatever dies.
  enum class State { runs, ended, reaped };

  // Does not reap: until that is done, no other process or group can get this one's number.
  State look() const noexcept {
    siginfo_t info = {};
    if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
      return errno == ECHILD ? State::reaped : State::runs;
    }
    return info.si_pid == pid_ ? State::ended : State::runs;
  }

  const pid_t pid_;
  bool done_ = false;
};

enum class Read { more, nothing_now, end };

Result<Read> read_some(int fd, std::string& output, std::size_t limit) {
  std::array<char, 16384> buffer;
  const ssize_t count = ::read(fd, buffer.data(), buffer.size());
  if (count < 0) {
    if (errno == EINTR) return Read::more;
    if (errno == EAGAIN) return Read::nothing_now;
    return io_error("read what a program prints", errno);
  }
  output.append(buffer.data(), static_cast<std::size_t>(count));
  if (output.size() > limit) return fail(ErrorCode::unknown, fmt::format("it printed more than {} bytes", limit));
  return count == 0 ? Read::end : Read::more;
}

// Until there is something to read (no `fd`: never), the context is cancelled, or it is time to look.
void wait_a_moment(int fd, const Context& context) {
  std::vector<pollfd> polls = {{fd, POLLIN, 0}};
  for (const int wake : ContextAccess::wake_descriptors(context)) polls.push_back({wake, POLLIN, 0});
  ::poll(polls.data(), static_cast<nfds_t>(polls.size()), static_cast<int>(kLook.count()));
}

// All of the output: what was written before the program ended.
Status collect(const Child& child, int fd, const ProgramLimits& limits, const Context& context, std::string& output) {
  const auto until = Clock::now() + limits.time;
  bool open = true;
  while (true) {
    if (auto status = context.check(); !status) return status;
    if (Clock::now() >= until) {
      return fail(ErrorCode::timeout, fmt::format("it did not end within {} ms", limits.time.count()));
    }
    // Before the read, so that nothing can be written between the last read and the end.
    const bool ended = child.has_ended();
    if (open) {
      const auto read = read_some(fd, output, limits.max_output);
      if (!read) return read.error();
      if (*read == Read::more) continue;
      open = *read == Read::nothing_now;
    }
    if (ended) return {};
    wait_a_moment(open ? fd : -1, context);
  }
}

}  // namespace

Result<ProgramResult> run_program(const std::vector<std::string>& arguments, const ProgramLimits& limits,
                                  const Context& context) {
  if (arguments.empty()) return invalid_argument("there is no program to run");
  if (auto status = context.check(); !status) return std::move(status).error();
  auto pipe = open_output();
  if (!pipe) return std::move(pipe).error();

  SpawnPlan plan;
  plan.connect(pipe->write_end.get());
  plan.detach();
  pid_t pid = 0;
  if (const int problem = plan.start(pid, arguments); problem != 0) {
    return io_error(fmt::format("run {}", printable_excerpt(arguments.front(), 200)), problem);
  }
  Child child(pid);
  pipe->write_end.reset();  // Else the output would never end.

  ProgramResult result;
  if (auto status = collect(child, pipe->read_end.get(), limits, context, result.output); !status) {
    return std::move(status).error();
  }
  // Where the host reaps its children itself, what the program printed must do.
  result.exit_code = child.finish().value_or(0);
  return result;
}

}  // namespace cloudkit::inline v0::core

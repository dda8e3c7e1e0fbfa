#include "core/child_process.h"

#include "core/argument_pointers.h"
#include "core/context_wait.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/pipe.h"
#include "core/sigpipe_guard.h"
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

// Of which a program gets one end, and the other one does not block.
struct ProgramPipe {
  UniqueFd ours;
  UniqueFd theirs;
};

enum class Flow { to_us, to_program };

Result<ProgramPipe> open_program_pipe(Flow flow) {
  auto pipe = open_pipe();
  if (!pipe) return io_error("open a pipe", errno);
  const bool to_us = flow == Flow::to_us;
  ProgramPipe made{std::move(to_us ? pipe->read_end : pipe->write_end), UniqueFd()};
  // In a host without stdin it may have that number, over which another pipe is about to be put.
  made.theirs = UniqueFd(::fcntl((to_us ? pipe->write_end : pipe->read_end).get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!made.theirs || ::fcntl(made.ours.get(), F_SETFL, O_NONBLOCK) != 0) return io_error("open a pipe", errno);
  return made;
}

// -1: /dev/null.
struct StandardStreams {
  int input = -1;
  int output = -1;
  int errors = -1;
};

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

  void connect(const StandardStreams& streams) {
    put(streams.input, STDIN_FILENO, O_RDONLY);
    put(streams.output, STDOUT_FILENO, O_WRONLY);
    put(streams.errors, STDERR_FILENO, O_WRONLY);
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
    const std::vector<char*> argv = core::argument_pointers(arguments);
    return ::posix_spawnp(&pid, argv.front(), &actions_, &attributes_, argv.data(), environ);
  }

 private:
  void note(int error) noexcept {
    if (problem_ == 0) problem_ = error;
  }

  void put(int stream, int number, int flags) {
    note(stream >= 0 ? ::posix_spawn_file_actions_adddup2(&actions_, stream, number)
                     : ::posix_spawn_file_actions_addopen(&actions_, number, "/dev/null", flags, 0));
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

Result<pid_t> start_program(const std::vector<std::string>& arguments, const StandardStreams& streams) {
  SpawnPlan plan;
  plan.connect(streams);
  plan.detach();
  pid_t pid = 0;
  if (const int problem = plan.start(pid, arguments); problem != 0) {
    return io_error(fmt::format("run {}", printable_excerpt(arguments.front(), 200)), problem);
  }
  return pid;
}

enum class Read { more, nothing_now, end };

// `take` gets a string_view and returns a Status.
template <class Take>
Result<Read> read_some(int fd, const Take& take) {
  std::array<char, 16384> buffer;
  const ssize_t count = ::read(fd, buffer.data(), buffer.size());
  if (count < 0) {
    if (errno == EINTR) return Read::more;
    if (errno == EAGAIN) return Read::nothing_now;
    return io_error("read what a program prints", errno);
  }
  if (count == 0) return Read::end;
  if (Status taken = take(std::string_view(buffer.data(), static_cast<std::size_t>(count))); !taken) {
    return std::move(taken).error();
  }
  return Read::more;
}

// Until there is something to do (-1: never), the context is cancelled, or it is time to look.
void wait_a_moment(std::vector<pollfd> polls, const Context& context) {
  for (const int wake : ContextAccess::wake_descriptors(context)) polls.push_back({wake, POLLIN, 0});
  ::poll(polls.data(), static_cast<nfds_t>(polls.size()), static_cast<int>(kLook.count()));
}

// All of the output: what was written before the program ended.
Status collect(const Child& child, int fd, const ProgramLimits& limits, const Context& context, std::string& output) {
  const auto until = Clock::now() + limits.time;
  const auto keep = [&](std::string_view text) -> Status {
    output += text;
    if (output.size() <= limits.max_output) return {};
    return fail(ErrorCode::unknown, fmt::format("it printed more than {} bytes", limits.max_output));
  };
  bool open = true;
  while (true) {
    if (auto status = context.check(); !status) return status;
    if (Clock::now() >= until) {
      return fail(ErrorCode::timeout, fmt::format("it did not end within {} ms", limits.time.count()));
    }
    // Before the read, so that nothing can be written between the last read and the end.
    const bool ended = child.has_ended();
    if (open) {
      const auto read = read_some(fd, keep);
      if (!read) return read.error();
      if (*read == Read::more) continue;
      open = *read == Read::nothing_now;
    }
    if (ended) return {};
    wait_a_moment({{open ? fd : -1, POLLIN, 0}}, context);
  }
}

// All that goes to and from a program until it has ended, or its peer has enough.
class Talk {
 public:
  Talk(const Child& child, ProgramPeer& peer, UniqueFd input, UniqueFd output, UniqueFd errors)
      : child_(child), peer_(peer), input_(std::move(input)), output_(std::move(output)), errors_(std::move(errors)) {}

  Status run(const Context& context) {
    while (true) {
      if (auto status = context.check(); !status) return status;
      const auto goes_on = peer_.proceed();
      if (!goes_on.has_value()) return goes_on.error();
      if (!*goes_on) return {};
      // Before the reads, so that nothing can be written between the last one and the end.
      const bool ended = child_.has_ended();
      if (auto status = write_some(); !status) return status;
      const auto printed = read_from(output_, [this](std::string_view text) { return peer_.take_output(text); });
      const auto complained = read_from(errors_, [this](std::string_view text) { return peer_.take_errors(text); });
      for (const auto* read : {&printed, &complained}) {
        if (!read->has_value()) return read->error();
      }
      if (*printed || *complained) continue;
      if (ended) return {};
      const int writable = pending_.empty() ? -1 : input_.get();
      wait_a_moment({{writable, POLLOUT, 0}, {output_.get(), POLLIN, 0}, {errors_.get(), POLLIN, 0}}, context);
    }
  }

 private:
  Status write_some() {
    while (input_) {
      if (pending_.empty()) {
        if (all_taken_) return {};
        auto next = peer_.next_input();
        if (!next) return std::move(next).error();
        if (!next->has_value()) return {};
        pending_ = **next;
        all_taken_ = pending_.empty();
        if (all_taken_ && !peer_.keeps_input_open()) input_.reset();
        if (all_taken_) return {};
      }
      const SigpipeGuard guard;
      const ssize_t count = ::write(input_.get(), pending_.data(), pending_.size());
      if (count >= 0) {
        pending_.remove_prefix(static_cast<std::size_t>(count));
      } else if (errno == EAGAIN) {
        return {};
      } else if (errno != EINTR) {
        // It reads no more: how it ends will tell.
        input_.reset();
        pending_ = {};
      }
    }
    return {};
  }

  // Whether there may be more.
  template <class Take>
  static Result<bool> read_from(UniqueFd& fd, const Take& take) {
    if (!fd) return false;
    const auto read = read_some(fd.get(), take);
    if (!read) return read.error();
    if (*read == Read::end) fd.reset();
    return *read == Read::more;
  }

  const Child& child_;
  ProgramPeer& peer_;
  UniqueFd input_;
  UniqueFd output_;
  UniqueFd errors_;
  std::string_view pending_;
  bool all_taken_ = false;
};

}  // namespace

Result<ProgramResult> run_program(const std::vector<std::string>& arguments, const ProgramLimits& limits,
                                  const Context& context) {
  if (arguments.empty()) return invalid_argument("there is no program to run");
  if (auto status = context.check(); !status) return std::move(status).error();
  auto pipe = open_program_pipe(Flow::to_us);
  if (!pipe) return std::move(pipe).error();
  const auto pid = start_program(arguments, {-1, pipe->theirs.get(), -1});
  if (!pid) return pid.error();
  Child child(*pid);
  pipe->theirs.reset();  // Else the output would never end.

  ProgramResult result;
  if (auto status = collect(child, pipe->ours.get(), limits, context, result.output); !status) {
    return std::move(status).error();
  }
  // Where the host reaps its children itself, what the program printed must do.
  result.exit_code = child.finish().value_or(0);
  return result;
}

Result<int> talk_to_program(const std::vector<std::string>& arguments, ProgramPeer& peer, const Context& context) {
  if (arguments.empty()) return invalid_argument("there is no program to run");
  if (auto status = context.check(); !status) return std::move(status).error();
  auto input = open_program_pipe(Flow::to_program);
  auto output = open_program_pipe(Flow::to_us);
  auto errors = open_program_pipe(Flow::to_us);
  for (const auto* pipe : {&input, &output, &errors}) {
    if (!*pipe) return pipe->error();
  }
  const auto pid = start_program(arguments, {input->theirs.get(), output->theirs.get(), errors->theirs.get()});
  if (!pid) return pid.error();
  Child child(*pid);
  for (auto* pipe : {&input, &output, &errors}) (*pipe)->theirs.reset();

  Talk talk{child, peer, std::move(input->ours), std::move(output->ours), std::move(errors->ours)};
  if (auto status = talk.run(context); !status) return std::move(status).error();
  return child.finish().value_or(0);
}

}  // namespace cloudkit::inline v0::core

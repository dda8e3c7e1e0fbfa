#include "local/functions/child.h"

#include "core/argument_pointers.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/pipe.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <thread>
#include <utility>

namespace cloudkit::inline v0::local::functions {
namespace {

using core::UniqueFd;

// Where the child keeps the pipe that says why it could not become the program.
constexpr int kReport = STDERR_FILENO + 1;

// SIGKILL works at once, but for a process that waits for a dead disk.
constexpr std::chrono::milliseconds kLongestDeath{500};

#ifdef __APPLE__
constexpr std::uint64_t kResidentUnit = 1;
#else
constexpr std::uint64_t kResidentUnit = 1024;
#endif

// Above the standard descriptors, which a host may have closed, so that the child can move them there in any order.
UniqueFd lifted(UniqueFd fd) {
  if (fd.get() > kReport) return fd;
  return UniqueFd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, kReport + 1));
}

Result<core::Pipe> open_pipe() {
  auto pipe = core::open_pipe();
  if (!pipe) return core::fail(ErrorCode::unavailable, fmt::format("open a pipe: {}", std::strerror(errno)));
  pipe->write_end = lifted(std::move(pipe->write_end));
  if (!pipe->write_end) return core::fail(ErrorCode::unavailable, "there are no more open files to be had");
  return *std::move(pipe);
}

// All that the child needs, made before it exists: after fork it may call async-signal-safe functions only.
struct Plan {
  std::vector<char*> arguments;
  std::vector<char*> environment;
  const char* directory;
  int input;
  int output;
  int errors;
  int report;
  pid_t parent;
  bool outlives_host;
};

[[noreturn]] void give_up(int report) noexcept {
  const int reason = errno;
  [[maybe_unused]] const auto written = ::write(report, &reason, sizeof reason);
  ::_exit(127);
}

void close_from(int first) noexcept {
#ifdef SYS_close_range
  if (::syscall(SYS_close_range, first, ~0U, 0) == 0) return;
#endif
  struct rlimit limit{};
  const bool known = ::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
  const int last = known ? static_cast<int>(limit.rlim_cur) : 65536;
  for (int fd = first; fd < last; ++fd) ::close(fd);
}

[[noreturn]] void become(const Plan& plan) noexcept {
  ::setpgid(0, 0);
#ifdef __linux__
  // So that nothing outlives a host that crashes. It may have done so before this line.
  if (!plan.outlives_host) ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != plan.parent) ::_exit(127);
#endif
  struct sigaction standard{};
  standard.sa_handler = SIG_DFL;  // NOLINT: a macro of the C library
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &standard, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const struct rlimit no_core{};
  ::setrlimit(RLIMIT_CORE, &no_core);
  ::umask(022);
  if (::dup2(plan.input, STDIN_FILENO) < 0 || ::dup2(plan.output, STDOUT_FILENO) < 0 ||
      ::dup2(plan.errors, STDERR_FILENO) < 0 || ::dup2(plan.report, kReport) < 0) {
    give_up(plan.report);
  }
  ::fcntl(kReport, F_SETFD, FD_CLOEXEC);
  close_from(kReport + 1);
  if (::chdir(plan.directory) != 0) give_up(kReport);
  ::execve(plan.arguments.front(), plan.arguments.data(), plan.environment.data());
  give_up(kReport);
}

// No handler of the host may run in the child, which shares its memory's contents but none of its threads.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~BlockedSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_;
};

// What the child reads: nothing, or what is written to `far_end`.
UniqueFd open_input(bool from_us, UniqueFd& far_end) {
  if (!from_us) return lifted(UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)));
  std::array<int, 2> ends = {-1, -1};
#ifdef __APPLE__
  const bool opened = ::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0;
  for (const int fd : ends) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
#else
  const bool opened = ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0;
#endif
  if (!opened) return UniqueFd();
  far_end = UniqueFd(ends[1]);
  return lifted(UniqueFd(ends[0]));
}

// 0 when the program runs.
int reason_of_failure(int report) noexcept {
  int reason = 0;
  ssize_t count = 0;
  do {
    count = ::read(report, &reason, sizeof reason);
  } while (count < 0 && errno == EINTR);
  return count == sizeof reason ? reason : 0;
}

// As Go, and so Lambda, writes it.
std::string reason_text(int error_number) {
  std::string text = std::strerror(error_number);
  if (!text.empty()) text.replace(0, 1, core::to_lower(text.substr(0, 1)));
  return text;
}

UniqueFd open_exit_descriptor([[maybe_unused]] pid_t pid) noexcept {
#ifdef SYS_pidfd_open
  return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
#else
  return UniqueFd();
#endif
}

std::string signal_text(int signal) {
  switch (signal) {
    case SIGKILL: return "killed";
    case SIGTERM: return "terminated";
    case SIGSEGV: return "segmentation fault";
    case SIGABRT: return "aborted";
    case SIGBUS: return "bus error";
    case SIGFPE: return "floating point exception";
    case SIGILL: return "illegal instruction";
    case SIGINT: return "interrupt";
    case SIGPIPE: return "broken pipe";
    default: return fmt::format("signal {}", signal);
  }
}

}  // namespace

std::string describe(const ChildExit& exit) {
  if (exit.signal != 0) return "signal: " + signal_text(exit.signal);
  return exit.known ? fmt::format("exit status {}", exit.code) : "exit status unknown";
}

Result<std::unique_ptr<Child>> Child::start(const ChildSpec& spec) {
  auto output = open_pipe();
  auto errors = open_pipe();
  auto report = open_pipe();
  for (const auto* pipe : {&output, &errors, &report}) {
    if (!*pipe) return pipe->error();
  }
  UniqueFd far_end;
  const UniqueFd input = open_input(spec.outlives_host, far_end);
  if (!input) return core::fail(ErrorCode::unavailable, fmt::format("open an input: {}", std::strerror(errno)));
  for (const int fd : {output->read_end.get(), errors->read_end.get()}) ::fcntl(fd, F_SETFL, O_NONBLOCK);

  const Plan plan{core::argument_pointers(spec.arguments),
                  core::argument_pointers(spec.environment),
                  spec.directory.c_str(),
                  input.get(),
                  output->write_end.get(),
                  errors->write_end.get(),
                  report->write_end.get(),
                  ::getpid(),
                  spec.outlives_host};
  pid_t pid = -1;
  int fork_error = 0;
  {
    const BlockedSignals blocked;
    pid = ::fork();
    if (pid == 0) become(plan);
    fork_error = errno;
  }
  if (pid < 0) return core::fail(ErrorCode::unavailable, "start a process: " + reason_text(fork_error));
  ::setpgid(pid, pid);  // Both sides do it, since either may be first.
  report->write_end.reset();
  std::unique_ptr<Child> child(new Child(pid, std::move(output->read_end), std::move(errors->read_end)));
  child->input_ = std::move(far_end);
  if (const int reason = reason_of_failure(report->read_end.get()); reason != 0) {
    return core::invalid_argument(reason_text(reason));
  }
  return child;
}

Child::Child(pid_t pid, UniqueFd output, UniqueFd errors)
    : pid_(pid), output_(std::move(output)), errors_(std::move(errors)), exit_descriptor_(open_exit_descriptor(pid)) {}

Child::~Child() { kill(); }

bool Child::running() const noexcept {
  if (exit_) return false;
  siginfo_t info = {};
  // Does not reap: until that is done, no other process or group can get this one's number.
  if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0) return errno != ECHILD;
  return info.si_pid != pid_;
}

ChildExit Child::kill() noexcept {
  if (exit_) return *exit_;
  siginfo_t info = {};
  // Where the host ignores SIGCHLD, or waits for whatever dies, the number may be a stranger's by now.
  const bool is_ours =
      ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
  if (is_ours) ::kill(-pid_, SIGKILL);
  if (on_end_) on_end_(pid_);
  exit_ = ChildExit{0, 0, false};
  const auto until = std::chrono::steady_clock::now() + kLongestDeath;
  do {
    int status = 0;
    struct rusage usage{};
    const pid_t reaped = ::wait4(pid_, &status, WNOHANG, &usage);
    if (reaped == pid_) {
      peak_memory_ = static_cast<std::uint64_t>(usage.ru_maxrss) * kResidentUnit;
      exit_ = WIFSIGNALED(status) ? ChildExit{0, WTERMSIG(status), true} : ChildExit{WEXITSTATUS(status), 0, true};
      break;
    }
    if (reaped < 0 && errno != EINTR) break;  // A host may ignore SIGCHLD, or wait for whatever dies.
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  } while (std::chrono::steady_clock::now() < until);
  return *exit_;
}

std::uint64_t Child::peak_memory_bytes() const {
  if (exit_) return peak_memory_;
  std::ifstream status(fmt::format("/proc/{}/status", pid_));
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with("VmHWM:")) continue;
    const std::string_view kibibytes = core::trim(std::string_view(line).substr(6));
    return core::parse_u64(kibibytes.substr(0, kibibytes.find(' '))).value_or(0) * 1024;
  }
  return 0;
}

}  // namespace cloudkit::inline v0::local::functions

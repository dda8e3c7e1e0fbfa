#include "local/compute/supervisor/job.h"

#include "core/argument_pointers.h"
#include "local/compute/supervisor/protocol.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace cloudkit::inline v0::local::compute {
namespace {

constexpr int kExtra = STDERR_FILENO + 1;
// Where no descriptor is in another's place.
constexpr int kAbove = 16;

// A script that another program has just written may be open there for writing, in a child that has not become
// another program yet.
constexpr int kBusyTries = 200;
constexpr useconds_t kBusyWait = 1000;

void execute(const JobSpec& spec) {
  std::vector<char*> arguments = core::argument_pointers(spec.arguments);
  for (int i = 0; i < kBusyTries; ++i) {
    ::execv(arguments.front(), arguments.data());
    if (errno != ETXTBSY) break;
    ::usleep(kBusyWait);
  }
  if (errno != ENOEXEC) return;
  // As a shell does with a script that names no interpreter.
  char shell[] = "/bin/sh";
  arguments.insert(arguments.begin(), shell);
  ::execv(shell, arguments.data());
}

[[noreturn]] void become(const JobSpec& spec) {
  ::setpgid(0, 0);
  struct sigaction standard{};
  standard.sa_handler = SIG_DFL;  // NOLINT: a macro of the C library
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &standard, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int output = ::fcntl(spec.output, F_DUPFD_CLOEXEC, kAbove);
  const int errors = ::fcntl(spec.errors, F_DUPFD_CLOEXEC, kAbove);
  const int extra = spec.extra < 0 ? -1 : ::fcntl(spec.extra, F_DUPFD_CLOEXEC, kAbove);
  bool ready = ::dup2(output, STDOUT_FILENO) >= 0 && ::dup2(errors, STDERR_FILENO) >= 0;
  if (extra >= 0) ready = ready && ::dup2(extra, kExtra) >= 0;
  if (ready && ::chdir(kRootDirectory) == 0) execute(spec);
  const int reason = errno;
  ::dprintf(STDERR_FILENO, "cloudkit: cannot run %s: %s\n", spec.arguments.front().c_str(), std::strerror(reason));
  ::_exit(reason == ENOENT ? 127 : 126);
}

}  // namespace

pid_t start_job(const JobSpec& spec) {
  // Until it is another program, a signal would be lost in a handler of ours.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::fork();
  if (pid == 0) become(spec);
  const int reason = errno;
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  errno = reason;
  if (pid > 0) ::setpgid(pid, pid);  // Both sides do it, since either may be first.
  return pid;
}

std::string describe_exit(int status) {
  if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
  return "exit status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace cloudkit::inline v0::local::compute

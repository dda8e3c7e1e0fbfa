#include "core/argument_pointers.h"
#include "core/pipe.h"
#include "core/write_all.h"
#include "local/compute/supervisor/supervisor.h"
#include "local/compute/supervisor/wake.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

// The program that keeps a machine running, which outlives the one that made the machine:
//   cloudkit-machine launch|serve DIRECTORY ID NAME BOOT_ID GRACE_MS
// `launch` makes a daemon of itself, with an environment of its own, and ends when that is up, or says why it is not.
namespace {

using namespace cloudkit;
using namespace cloudkit::local::compute;
using core::UniqueFd;

constexpr int kReport = STDERR_FILENO + 1;
constexpr std::size_t kArguments = 7;
constexpr const char* kUp = "up";
constexpr const char* kBusy = "busy";
constexpr const char* kGone = "gone";

[[noreturn]] void report(const std::string& text) {
  core::write_all(kReport, text);
  ::_exit(1);
}

void close_from(int first) {
#ifdef SYS_close_range
  if (::syscall(SYS_close_range, first, ~0U, 0) == 0) return;
#endif
  for (int fd = first; fd < 65536; ++fd) ::close(fd);
}

// All that a machine's programs see: nothing of the program that made it.
std::vector<std::string> environment_of(char** arguments) {
  const std::string root = std::string(arguments[2]) + '/' + kRootDirectory;
  return {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
          "HOME=" + root,
          "LANG=C.UTF-8",
          "CLOUDKIT_MACHINE_ROOT=" + root,
          std::string("CLOUDKIT_INSTANCE_ID=") + arguments[3],
          std::string("CLOUDKIT_INSTANCE_NAME=") + arguments[4]};
}

// A session of its own, without a terminal, as a child of nobody.
[[noreturn]] void become_daemon(char** arguments, int report_end) {
  ::setsid();
  if (::fork() != 0) ::_exit(0);
  const UniqueFd nothing(::open("/dev/null", O_RDWR));
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nothing.get(), fd);
  if (report_end != kReport) ::dup2(report_end, kReport);
  close_from(kReport + 1);
  const std::vector<std::string> environment = environment_of(arguments);
  std::vector<std::string> texts = {"cloudkit-machine", "serve"};
  for (std::size_t i = 2; i < kArguments; ++i) texts.emplace_back(arguments[i]);
  ::execve(arguments[0], core::argument_pointers(texts).data(), core::argument_pointers(environment).data());
  report(std::string("run itself: ") + std::strerror(errno));
}

int launch(char** arguments) {
  auto pipe = core::open_pipe();
  if (!pipe) return 1;
  const pid_t pid = ::fork();
  if (pid < 0) {
    core::write_all(STDOUT_FILENO, std::string("start a process: ") + std::strerror(errno));
    return 1;
  }
  if (pid == 0) become_daemon(arguments, pipe->write_end.get());
  pipe->write_end.reset();
  std::string text;
  std::array<char, 256> buffer;
  for (ssize_t count = 0; (count = ::read(pipe->read_end.get(), buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  if (text == kUp) return 0;
  if (text == kBusy) return kExitBusy;
  if (text == kGone) return kExitGone;
  core::write_all(STDOUT_FILENO, text.empty() ? "it ended at once" : text);
  return 1;
}

// Whether the current directory, and what is locked there, is a machine: not one that was moved away to be removed.
bool is_in_its_place(int lock, const char* id) {
  const std::string place = kInstancesFromMachine + ('/' + std::string(id)) + '/';
  struct stat held{};
  struct stat there{};
  return ::fstat(lock, &held) == 0 && ::stat((place + kLockFile).c_str(), &there) == 0 && held.st_dev == there.st_dev &&
         held.st_ino == there.st_ino && ::access((place + kRecordFile).c_str(), F_OK) == 0;
}

int serve(char** arguments) {
  ::fcntl(kReport, F_SETFD, FD_CLOEXEC);
  ::umask(022);
  // It may be gone by now.
  if (::chdir(arguments[2]) != 0) report(errno == ENOENT ? kGone : std::string("chdir: ") + std::strerror(errno));
  const UniqueFd lock(::open(kLockFile, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!lock) report(std::string("open the lock: ") + std::strerror(errno));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) report(kBusy);
  if (!is_in_its_place(lock.get(), arguments[3])) report(kGone);
#ifdef __linux__
  // What its programs leave behind becomes its own, also what has left their process group: so it can be ended.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
#endif
  if (!install_wake()) report(std::string("open a pipe: ") + std::strerror(errno));
  Supervisor supervisor(
      {arguments[3], arguments[5], std::chrono::milliseconds(std::strtol(arguments[6], nullptr, 10))});
  if (const std::string problem = supervisor.begin(); !problem.empty()) report(problem);
  // Whoever wanted it has given up by now, and believes it off.
  if (!core::write_all(kReport, std::string(kUp))) return 1;
  ::close(kReport);
  supervisor.run();
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != static_cast<int>(kArguments)) return 2;
  return std::strcmp(arguments[1], "serve") == 0 ? serve(arguments) : launch(arguments);
}

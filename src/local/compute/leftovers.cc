#include "local/compute/leftovers.h"

#include "core/unique_fd.h"
#include "core/whole_file.h"
#include "local/compute/supervisor/process_tree.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <thread>

namespace cloudkit::inline v0::local::compute {
namespace {

// They may start others while they are looked for.
constexpr int kRounds = 20;
constexpr std::size_t kLargestEnvironment = std::size_t{4} << 20;

// A process that is looked at before it is killed: no other one is, which has got its number meanwhile.
class Target {
 public:
#ifdef SYS_pidfd_open
  explicit Target(pid_t pid) : pid_(pid), fd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {
    ended_ = !fd_ && errno == ESRCH;
  }
#else
  explicit Target(pid_t pid) : pid_(pid) {}
#endif

  bool kill() const {
    if (ended_) return false;
#ifdef SYS_pidfd_send_signal
    if (fd_) return ::syscall(SYS_pidfd_send_signal, fd_.get(), SIGKILL, nullptr, 0) == 0;
#endif
    return ::kill(pid_, SIGKILL) == 0;  // A kernel before 5.3, or none of Linux.
  }

 private:
  const pid_t pid_;
  core::UniqueFd fd_;
  bool ended_ = false;
};

bool was_given(pid_t pid, std::string_view variable) {
  // Others' environments cannot be read, and are none of ours.
  const auto text = core::read_whole_file(fmt::format("/proc/{}/environ", pid), kLargestEnvironment);
  if (!text || !*text) return false;
  for (std::string_view rest = **text; !rest.empty();) {
    const std::string_view entry = rest.substr(0, rest.find('\0'));
    if (entry == variable) return true;
    rest.remove_prefix(entry.size() < rest.size() ? entry.size() + 1 : entry.size());
  }
  return false;
}

}  // namespace

void kill_leftovers(std::string_view id) {
  const std::string variable = fmt::format("CLOUDKIT_INSTANCE_ID={}", id);
  for (int round = 0; round < kRounds; ++round) {
    bool found = false;
    for (const core::ProcessState& process : all_processes()) {
      if (process.ended || process.pid == ::getpid()) continue;
      const Target target(process.pid);
      found = (was_given(process.pid, variable) && target.kill()) || found;
    }
    if (!found) return;
  }
}

bool kill_process(const core::ProcessIdentity& process, std::chrono::milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  const Target target(static_cast<pid_t>(process.pid));
  if (core::is_alive(process)) target.kill();
  while (core::is_alive(process)) {
    if (std::chrono::steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace cloudkit::inline v0::local::compute

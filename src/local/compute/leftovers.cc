#include "local/compute/leftovers.h"

#include "core/whole_file.h"
#include "local/compute/supervisor/process_tree.h"
#include "local/compute/supervisor/protocol.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <string_view>

namespace cloudkit::inline v0::local::compute {
namespace {

// They may start others while they are looked for.
constexpr int kRounds = 20;
constexpr std::size_t kLargestEnvironment = std::size_t{4} << 20;

bool has_root(pid_t pid, std::string_view variable) {
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

void kill_leftovers(const std::string& machine) {
  const std::string variable = fmt::format("CLOUDKIT_MACHINE_ROOT={}/{}", machine, kRootDirectory);
  for (int round = 0; round < kRounds; ++round) {
    bool found = false;
    for (const core::ProcessState& process : all_processes()) {
      if (process.ended || process.pid == ::getpid() || !has_root(process.pid, variable)) continue;
      found = ::kill(process.pid, SIGKILL) == 0 || found;
    }
    if (!found) return;
  }
}

}  // namespace cloudkit::inline v0::local::compute

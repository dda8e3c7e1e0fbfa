#include "local/compute/supervisor/process_tree.h"

#include <dirent.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <memory>
#include <string_view>

namespace cloudkit::inline v0::local::compute {

std::vector<core::ProcessState> all_processes() {
  std::vector<core::ProcessState> processes;
  DIR* const opened = ::opendir("/proc");
  if (opened == nullptr) return processes;
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(opened, ::closedir);
  while (const dirent* const entry = ::readdir(stream.get())) {
    const std::string_view name = entry->d_name;
    pid_t pid = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ptr != name.data() + name.size()) continue;
    if (const auto state = core::process_state(pid)) processes.push_back(*state);
  }
  return processes;
}

std::vector<pid_t> descendants_of(pid_t root, const std::vector<core::ProcessState>& processes) {
  std::vector<core::ProcessState> by_parent = processes;
  std::sort(by_parent.begin(), by_parent.end(), [](const auto& a, const auto& b) { return a.parent < b.parent; });
  std::vector<pid_t> found;
  const auto add_children_of = [&](pid_t parent) {
    auto it = std::lower_bound(by_parent.begin(), by_parent.end(), parent,
                               [](const core::ProcessState& state, pid_t wanted) { return state.parent < wanted; });
    // Numbers may have changed hands while they were read: nothing is taken twice.
    for (; it != by_parent.end() && it->parent == parent; ++it) {
      if (it->pid != root && std::find(found.begin(), found.end(), it->pid) == found.end()) found.push_back(it->pid);
    }
  };
  add_children_of(root);
  for (std::size_t i = 0; i < found.size(); ++i) add_children_of(found[i]);
  return found;
}

}  // namespace cloudkit::inline v0::local::compute

#pragma once

#include "support/read_file.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string>
#include <vector>

namespace test {

/// Other processes that have `text`, such as a directory of theirs, in their arguments or their environment. What has
/// ended has neither.
inline std::vector<pid_t> processes_with(const std::string& text) {
  std::vector<pid_t> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename().string();
    if (!std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isdigit(c) != 0; })) continue;
    const pid_t pid = std::stoi(name);
    const std::string below = entry.path().string();
    const bool has = read_file(below + "/cmdline").find(text) != std::string::npos ||
                     read_file(below + "/environ").find(text) != std::string::npos;
    if (has && pid != ::getpid()) found.push_back(pid);
  }
  return found;
}

}  // namespace test

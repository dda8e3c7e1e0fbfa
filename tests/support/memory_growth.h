#pragma once

#include <doctest/doctest.h>
#include <malloc.h>

#include <fstream>
#include <functional>
#include <string>

/// What a piece of work takes of memory at its peak.
namespace test {

inline constexpr long kMiB = 1024;  ///< In KiB, as the kernel counts.

// A line of /proc/self/status, in KiB.
inline long status_of(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":")) return std::stol(line.substr(name.size() + 1));
  }
  return -1;
}

// By how much the process was larger than before, at most, in KiB.
inline long growth_during(const std::function<void()>& transfer) {
  ::malloc_trim(0);                               // What was freed before is not there to be used again unseen.
  std::ofstream("/proc/self/clear_refs") << "5";  // The peak is now.
  const long before = status_of("VmRSS");
  REQUIRE(status_of("VmHWM") < before + kMiB);
  transfer();
  return status_of("VmHWM") - before;
}

}  // namespace test

#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

/// Needs the C++ library only: part of the program that supervises a machine, too.
namespace cloudkit::inline v0::core {

/// Which process a number means: the system gives numbers again.
struct ProcessIdentity {
  std::int64_t pid = 0;
  std::uint64_t start_time = 0;  ///< In the system's own unit.
  std::string boot = {};         ///< Since which start of the computer the two count.

  friend bool operator==(const ProcessIdentity&, const ProcessIdentity&) = default;
};

/// Nothing when there is no such process, or when it has ended and is not reaped yet.
std::optional<ProcessIdentity> identify_process(pid_t pid);
/// Whether that very process still runs.
bool is_alive(const ProcessIdentity& process);

/// What the system says of a process: its parent, and its session.
struct ProcessState {
  pid_t pid = 0;
  pid_t parent = 0;
  pid_t session = 0;
  bool ended = false;  ///< It waits to be reaped.
  std::uint64_t start_time = 0;
};
/// Of the text of /proc/PID/stat. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
std::optional<ProcessState> parse_process_state(const std::string& text);
/// Nothing when there is no such process, or no /proc.
std::optional<ProcessState> process_state(pid_t pid);

}  // namespace cloudkit::inline v0::core

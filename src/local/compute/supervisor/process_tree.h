#pragma once

#include "core/process_identity.h"

#include <sys/types.h>

#include <vector>

namespace cloudkit::inline v0::local::compute {

/// All processes of this computer that may be seen. Empty where the system has no /proc.
std::vector<core::ProcessState> all_processes();
/// Those that `root` started, and those that they started, and so on.
std::vector<pid_t> descendants_of(pid_t root, const std::vector<core::ProcessState>& processes);

}  // namespace cloudkit::inline v0::local::compute

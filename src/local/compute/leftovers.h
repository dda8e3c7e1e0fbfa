#pragma once

#include "core/process_identity.h"

#include <chrono>
#include <string_view>

namespace cloudkit::inline v0::local::compute {

/// Ends at once what a machine whose supervisor was killed has left running: processes that were given its id, by
/// CLOUDKIT_INSTANCE_ID. Not by its directory, which may have several names. Nothing where the system has no /proc.
void kill_leftovers(std::string_view id);

/// Ends that very process by SIGKILL, and returns whether it has ended within `limit`.
bool kill_process(const core::ProcessIdentity& process, std::chrono::milliseconds limit);

}  // namespace cloudkit::inline v0::local::compute

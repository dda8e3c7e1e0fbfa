#pragma once

#include <string>

namespace cloudkit::inline v0::local::compute {

/// Ends at once what a machine whose supervisor was killed has left running: processes that were given its root, by
/// CLOUDKIT_MACHINE_ROOT. `machine` is its directory. Nothing where the system has no /proc.
void kill_leftovers(const std::string& machine);

}  // namespace cloudkit::inline v0::local::compute

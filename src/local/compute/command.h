#pragma once

#include <cloudkit/compute_types.h>
#include <cloudkit/context.h>

#include <cstdint>
#include <string>

namespace cloudkit::inline v0::local::compute {

/// Has the supervisor of the machine in the directory `machine` run a script, and returns what it did: of each of its
/// outputs at most `max_output` bytes. At its time limit, and with the context, the script's process group is killed.
/// Errors: `unavailable`, `io`, those of the context; what may have run says so.
Result<CommandResult> run_command(const std::string& machine, const CommandSpec& command, std::uint64_t max_output,
                                  const Context& context);

}  // namespace cloudkit::inline v0::local::compute

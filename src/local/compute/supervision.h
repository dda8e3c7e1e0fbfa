#pragma once

#include "core/unique_fd.h"
#include "local/compute/machine_store.h"
#include "local/compute/supervisor/protocol.h"

#include <chrono>

/// How this program and the supervisors of machines speak.
namespace cloudkit::inline v0::local::compute {

/// Starts the supervisor of a machine, and so its next boot: `record.boot_id`. Returns when it takes orders. The
/// store's lock is held. Errors: `conflict` (it has one), `not_found` (it is gone), `permission_denied`, `io`, those of
/// the context.
Status start_supervisor(const MachineStore& store, const MachineRecord& record, std::chrono::milliseconds grace,
                        const Context& context);

/// A connection to it. Errors: `unavailable`: it does not run.
Result<core::UniqueFd> connect_supervisor(const std::string& machine);
/// Whether it was taken. False: there is nobody to take it, since the supervisor has ended, or is about to, or that
/// boot is past. Errors: `unavailable`: it gives no answer; `conflict`: not now; those of the context.
Result<bool> order(const std::string& machine, const Request& request, const Context& context);

}  // namespace cloudkit::inline v0::local::compute

#pragma once

#include "memory/compute/store.h"

#include <initializer_list>

/// The states of a machine, and what leads from one to the next.
namespace cloudkit::inline v0::memory::compute {

enum class Event { start, stop, reboot, destroy, look };

/// Whether a call may ask for it in this state. Errors: `conflict`.
Status check_event(InstanceState state, Event event);

/// What a call sets off; of `look` whatever is due. Returns true when the machine has just booted.
bool apply(ComputeStore& store, StoredMachine& machine, Event event);

/// As others see it: with addresses while it runs.
Instance describe(const StoredMachine& machine);

}  // namespace cloudkit::inline v0::memory::compute

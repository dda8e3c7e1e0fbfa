#pragma once

#include "compute/service.h"

#include <string_view>

namespace cloudkit::inline v0::compute {

/// Errors: `timeout` with the last state; `conflict` when the state cannot come any more; `not_found`, but for one that
/// is gone; those of the context.
Result<Instance> wait_for_state(const Service& service, std::string_view id, InstanceState wanted, Duration limit,
                                const Context& context);

/// The same of a volume. `reached` looks at one that is neither gone nor failed.
using VolumeReached = bool (*)(const Volume& volume, std::string_view instance);
Result<Volume> wait_for_volume(const Service& service, std::string_view id, VolumeReached reached,
                               std::string_view instance, Duration limit, const Context& context);

/// How a machine that does not run is told: `conflict`. `what` is what it would have to run for.
Error not_running(const Instance& instance, std::string_view what);

}  // namespace cloudkit::inline v0::compute

#pragma once

#include "compute/service.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace cloudkit::inline v0::compute {

/// Errors: `timeout` with the last state; `conflict` when the state cannot come any more; `not_found`, but for one that
/// is gone; those of the context.
Result<Instance> wait_for_state(const Service& service, std::string_view id, InstanceState wanted, Duration limit,
                                const Context& context);

/// The same of a volume. `reached` looks at one that is neither gone nor failed; its error ends the wait.
using VolumeReached = std::function<Result<bool>(const Volume& volume)>;
Result<Volume> wait_for_volume(const Service& service, std::string_view id, const VolumeReached& reached,
                               Duration limit, const Context& context);

/// One look within a wait, whose limit it obeys. Nothing: it was not answered, or the machine is not known yet, as
/// `last` says.
Result<std::optional<Instance>> glance(const Service& service, std::string_view id, const Context& context,
                                       std::string& last);
/// The same of a machine that shall do something. Nothing: also while it is pending. Errors: `conflict`: it neither
/// runs nor is about to; `what` is what it would have to run for.
Result<std::optional<Instance>> glance_at_running(const Service& service, std::string_view id, std::string_view what,
                                                  const Context& context, std::string& last);

/// How a machine that does not run is told: `conflict`. `what` is what it would have to run for.
Error not_running(const Instance& instance, std::string_view what);

}  // namespace cloudkit::inline v0::compute

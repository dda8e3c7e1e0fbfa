#pragma once

#include "stack/keeper.h"
#include "stack/lock.h"
#include "stack/planner.h"

#include <cloudkit/stack.h>

/// Carries a plan out.
namespace cloudkit::inline v0::stack {

/// Under `lock`; each step is in the state before it begins, and after it. Errors: those of the state and the lock,
/// after which nobody knows what else there is; what a resource meets is in the report.
Result<StackReport> carry_out(const Stack& stack, const Site& site, const Planned& planned, Keeper& keeper,
                              const Lock& lock, const StackApplyOptions& options);

}  // namespace cloudkit::inline v0::stack

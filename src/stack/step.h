#pragma once

#include "stack/keeper.h"
#include "stack/planner.h"
#include "stack/tasks.h"

/// One step of a plan.
namespace cloudkit::inline v0::stack {

struct StepSite {
  const Stack& stack;
  const Site& site;
  const Planned& planned;
  Keeper& keeper;
};

/// Returns the thing's id. What it is about to make it writes down before; what it has done, after.
Result<std::string> do_step(const StepSite& at, const Task& task);

}  // namespace cloudkit::inline v0::stack

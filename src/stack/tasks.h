#pragma once

#include "stack/planner.h"

#include <map>
#include <set>
#include <string>
#include <vector>

/// Which part of a plan has to wait for which.
namespace cloudkit::inline v0::stack {

/// Down: what is there goes. Up: it is made, or changed.
enum class Way { down, up };

struct Task {
  Way way = Way::up;
  std::string address = {};
  StackAction action = StackAction::unchanged;
  std::set<std::size_t> after = {};  ///< Tasks that must have succeeded.
};

/// Without what is unchanged. What needs something goes before that goes, and comes after it has come.
std::vector<Task> tasks_of(const StackPlan& plan, const Stack& stack, const Entries& entries);

}  // namespace cloudkit::inline v0::stack

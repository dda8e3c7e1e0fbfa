#include <cloudkit/stack_types.h>

#include "stack/specs.h"

#include <algorithm>

namespace cloudkit::inline v0 {

std::string_view to_string(StackAction action) noexcept {
  switch (action) {
    case StackAction::unchanged: return "unchanged";
    case StackAction::create: return "create";
    case StackAction::update: return "update";
    case StackAction::replace: return "replace";
    case StackAction::remove: return "remove";
  }
  return "unchanged";
}

std::string_view StackResource::type() const noexcept { return stack::types()[spec.index()]; }

std::string StackResource::address() const { return std::string(type()) + '.' + options.name; }

std::size_t StackPlan::count(StackAction action) const noexcept {
  return static_cast<std::size_t>(
      std::count_if(steps.begin(), steps.end(), [&](const StackPlanStep& step) { return step.action == action; }));
}

bool StackPlan::has_changes() const noexcept {
  return outputs_change || !protection.empty() || count(StackAction::unchanged) != steps.size();
}

std::size_t StackReport::count(StackAction action, StackPhase phase) const noexcept {
  return static_cast<std::size_t>(std::count_if(steps.begin(), steps.end(), [&](const StackOutcome& step) {
    return step.action == action && step.phase == phase;
  }));
}

Status StackReport::status() const {
  auto failed = std::find_if(steps.begin(), steps.end(),
                             [](const StackOutcome& step) { return step.phase == StackPhase::failed && step.error; });
  // Else those that were left out since the run was ended.
  if (failed == steps.end()) {
    failed = std::find_if(steps.begin(), steps.end(), [](const StackOutcome& step) { return bool(step.error); });
  }
  if (failed == steps.end()) return {};
  Error error = *failed->error;
  error.message = failed->address + ": " + error.message;
  return error;
}

}  // namespace cloudkit::inline v0

#pragma once

#include "function_runtime/patience.h"

#include <cloudkit/driver/function_runtime.h>

#include <string_view>

namespace cloudkit::inline v0::function_runtime {

/// It answers, if only after it was woken.
constexpr bool is_ready(FunctionState state) {
  return state == FunctionState::active || state == FunctionState::inactive;
}
/// It will be something else soon, by itself.
constexpr bool is_in_motion(FunctionState state) {
  return state == FunctionState::pending || state == FunctionState::updating || state == FunctionState::deleting;
}

/// `late`: the function was just made, and may not be seen yet.
enum class Absence { is_an_error, may_be_late };

/// Looks until `reached(state)`. Errors: `conflict` when the function failed, unless that is what is waited for;
/// `timeout` with the last state; `not_found`; those of the context.
Result<Function> wait_for_state(FunctionRuntimeDriver& driver, std::string_view name, bool (*reached)(FunctionState),
                                Absence absence, Pacing pacing, const Context& context);
Result<Function> wait_for_state(FunctionRuntimeDriver& driver, std::string_view name, FunctionState wanted,
                                Pacing pacing, const Context& context);

}  // namespace cloudkit::inline v0::function_runtime

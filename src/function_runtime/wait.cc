#include "function_runtime/wait.h"

#include "core/fail.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::function_runtime {
namespace {

std::string with_reason(std::string_view text, const std::string& reason) {
  return reason.empty() ? std::string(text) : fmt::format("{}: {}", text, reason);
}

Error failed(const Function& function) {
  return core::fail(ErrorCode::conflict, with_reason("it failed", function.state_reason),
                    "deploy it again with what was wrong mended, or remove it");
}

Error late(const std::string& last, Duration limit) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limit).count();
  Error error = core::fail(ErrorCode::timeout, fmt::format("after {} s it still is {}", seconds, last),
                           "wait_until waits on; wait_limit says for how long");
  error.retryable = true;
  return error;
}

// A look that was not answered says nothing about the function: it is made again.
bool is_passing(const Error& error) {
  return error.retryable && (error.code == ErrorCode::throttled || error.code == ErrorCode::unavailable);
}

template <class Reached>
Result<Function> look_until(FunctionRuntimeDriver& driver, std::string_view name, Reached reached, Absence absence,
                            Pacing& pacing, const Context& context) {
  std::string last = "not looked at";
  while (true) {
    auto function = driver.get(name, {}, context);
    if (function) {
      if (reached(function->state)) return function;
      if (function->state == FunctionState::failed) return failed(*function);
      last = with_reason(to_string(function->state), function->state_reason);
    } else if (function.error().code == ErrorCode::not_found && absence == Absence::may_be_late) {
      last = "not to be seen";
    } else if (is_passing(function.error())) {
      last = with_reason("not to be asked", function.error().message);
    } else {
      return function;
    }
    if (pacing.expired()) return late(last, pacing.limit());
    if (auto paused = pacing.pause(); !paused) {
      return while_waiting(std::move(paused).error(), "it is " + last);
    }
  }
}

}  // namespace

Result<Function> wait_for_state(FunctionRuntimeDriver& driver, std::string_view name, bool (*reached)(FunctionState),
                                Absence absence, Pacing pacing, const Context& context) {
  return look_until(driver, name, reached, absence, pacing, context);
}

Result<Function> wait_for_state(FunctionRuntimeDriver& driver, std::string_view name, FunctionState wanted,
                                Pacing pacing, const Context& context) {
  const auto reached = [wanted](FunctionState state) {
    return state == wanted || (wanted == FunctionState::active && is_ready(state));
  };
  return look_until(driver, name, reached, Absence::is_an_error, pacing, context);
}

}  // namespace cloudkit::inline v0::function_runtime

#pragma once

#include <cloudkit/driver/function_runtime.h>
#include <cloudkit/function_runtime.h>

#include <string_view>

namespace cloudkit::inline v0::function_runtime {

/// The function, and with `cascade` what belongs to it. What is missing is done. Every step is tried, and the first
/// error returned. `hooks` are set.
Status remove(FunctionRuntimeDriver& driver, const FunctionRuntimeHooks& hooks, std::string_view name,
              const RemoveFunctionOptions& options);

}  // namespace cloudkit::inline v0::function_runtime

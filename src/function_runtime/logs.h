#pragma once

#include <cloudkit/driver/function_runtime.h>
#include <cloudkit/function_runtime.h>

#include <functional>
#include <string_view>

namespace cloudkit::inline v0::function_runtime {

/// Page after page, and with `follow` what comes later. `hooks` are set.
Status read_logs(FunctionRuntimeDriver& driver, const FunctionRuntimeHooks& hooks, std::string_view name,
                 const std::function<Status(const LogEvent&)>& sink, const LogsOptions& options);

}  // namespace cloudkit::inline v0::function_runtime

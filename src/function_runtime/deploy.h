#pragma once

#include <cloudkit/driver/function_runtime.h>
#include <cloudkit/function_runtime.h>

namespace cloudkit::inline v0::function_runtime {

/// Makes the function what `spec`, which was checked, and `package` say, and waits until it is. `hooks` are set.
Result<Function> deploy(FunctionRuntimeDriver& driver, const FunctionRuntimeHooks& hooks, const FunctionSpec& spec,
                        const FunctionPackage& package, const DeployOptions& options);

}  // namespace cloudkit::inline v0::function_runtime

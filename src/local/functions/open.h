#pragma once

#include <cloudkit/driver/function_runtime.h>
#include <cloudkit/local_functions.h>
#include <cloudkit/open.h>

#include <memory>
#include <string>

namespace cloudkit::inline v0::local::functions {

/// `local:///DIR`. Errors: `invalid_argument`.
Result<std::shared_ptr<FunctionRuntimeDriver>> open_runtime(const Url& url);
/// `directory` is absolute. Errors: `invalid_argument`.
Result<std::shared_ptr<FunctionRuntimeDriver>> make_driver(std::string directory, FunctionRuntimeOptions options);

}  // namespace cloudkit::inline v0::local::functions

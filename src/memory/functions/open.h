#pragma once

#include <cloudkit/driver/function_runtime.h>
#include <cloudkit/open.h>

#include <memory>

namespace cloudkit::inline v0::memory::functions {

/// `mem://NAME`, or `mem://` for the one without a name. Errors: `invalid_argument`.
Result<std::shared_ptr<FunctionRuntimeDriver>> open_runtime(const Url& url);

}  // namespace cloudkit::inline v0::memory::functions

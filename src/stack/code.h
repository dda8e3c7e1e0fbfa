#pragma once

#include <cloudkit/function_types.h>
#include <cloudkit/result.h>

#include <string>

namespace cloudkit::inline v0::stack {

/// What changes with a function's code. Reads it. Errors: `io`, `invalid_argument`.
Result<std::string> code_digest(const FunctionSpec& spec, const FunctionCapabilities& able);

}  // namespace cloudkit::inline v0::stack

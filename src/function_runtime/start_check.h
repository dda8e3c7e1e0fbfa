#pragma once

#include <cloudkit/function_types.h>
#include <cloudkit/result.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0::function_runtime {

/// "native", "provided.al2023": the package has a program `bootstrap`.
bool is_native(std::string_view runtime);

/// What would keep a program from starting on the target. Errors: `invalid_argument` when it is for another machine or
/// system. Whatever is less sure is returned, a line each. `is_packed` says whether the package has a file of that
/// name.
Result<std::vector<std::string>> check_program(std::string_view program, const FunctionSpec& spec,
                                               const FunctionCapabilities& limits,
                                               const std::function<bool(const std::string&)>& is_packed);

/// For other runtimes: that the module which the handler names is there, as far as we know how it is called.
std::vector<std::string> check_handler(const FunctionSpec& spec,
                                       const std::function<bool(const std::string&)>& is_packed);

}  // namespace cloudkit::inline v0::function_runtime

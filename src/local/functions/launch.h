#pragma once

#include "local/functions/directory_store.h"
#include "local/functions/interpreter.h"
#include "local/functions/worker.h"

#include <cloudkit/context.h>

#include <string>
#include <string_view>
#include <vector>

/// How a function's runtime becomes a program with arguments and an environment.
namespace cloudkit::inline v0::local::functions {

/// "native, provided, …": what there is.
std::string_view runtimes_hint() noexcept;

/// Whether this machine runs such functions; logs a warning for a runtime that Lambda takes no more. Errors:
/// `unsupported`, with what there is.
Status check_runtime(const FunctionSpec& spec, Interpreters& interpreters, const Context& context);

struct LaunchSettings {
  std::vector<std::string> inherited = {};    ///< Variables of this process that functions see.
  std::chrono::milliseconds init_limit = {};  ///< Unless the function's own timeout is longer.
};

/// `code` is where the code is unpacked. Errors: as `check_runtime`; `io`.
Result<Launch> make_launch(const DirectoryStore& store, const FunctionSnapshot& snapshot, std::string_view version,
                           const std::string& code, Interpreters& interpreters, const LaunchSettings& settings,
                           const Context& context);

}  // namespace cloudkit::inline v0::local::functions

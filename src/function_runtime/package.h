#pragma once

#include <cloudkit/driver/function_runtime.h>
#include <cloudkit/result.h>

namespace cloudkit::inline v0::function_runtime {

/// Reads the code that a spec names, checks it, and packs it. What would keep it from starting is an error where that
/// is sure (no `bootstrap`, not executable, another architecture), and where it is likely (a glibc that the target has
/// not, a library or a module that is not in it, a file that the function's user cannot read) a warning in the log.
///
/// The digest is of names, contents, and of modes whether a file is executable: whoever packed it, and when, does not
/// count. It is empty where a name does not tell what is behind it: an object without `versionId`, an image without
/// digest.
///
/// Errors: `invalid_argument`, with the rule; `io` for what cannot be read.
Result<FunctionPackage> make_package(const FunctionSpec& spec, const FunctionCapabilities& limits);

}  // namespace cloudkit::inline v0::function_runtime

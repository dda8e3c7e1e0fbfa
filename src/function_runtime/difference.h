#pragma once

#include <cloudkit/driver/function_runtime.h>

#include <string>

/// What a deployment has to change.
namespace cloudkit::inline v0::function_runtime {

/// Code that is told from other code by its digest, for the same architecture. False where the digest is not known:
/// somebody else deployed it.
bool has_same_code(const Function& function, const FunctionSpec& wanted, const FunctionPackage& package);

/// The names of the members that differ, "timeout, environment"; empty: none. Of the identity only when one is wanted.
std::string changed_members(const FunctionSpec& present, const FunctionSpec& wanted);

}  // namespace cloudkit::inline v0::function_runtime

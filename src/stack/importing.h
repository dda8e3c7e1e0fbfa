#pragma once

#include "stack/keeper.h"
#include "stack/planner.h"

#include <cloudkit/stack.h>

/// What makes the state say what there is.
namespace cloudkit::inline v0::stack {

Result<std::vector<StackDrift>> refresh(const Stack& stack, const Site& site, Keeper& keeper);
Status import_resource(const Stack& stack, const Site& site, Keeper& keeper, const std::string& address,
                       const std::string& id);
/// `not_found`, with those that there are.
Error no_such_entry(const Document& document, const std::string& address);

}  // namespace cloudkit::inline v0::stack

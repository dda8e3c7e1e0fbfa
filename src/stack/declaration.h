#pragma once

#include "stack/graph.h"

#include <cloudkit/stack.h>

/// What `Stack` says, looked at.
namespace cloudkit::inline v0::stack {

/// What each declared resource needs.
Needs needs_of(const Stack& stack);
/// Null when there is none.
const StackResource* find(const Stack& stack, std::string_view address);

}  // namespace cloudkit::inline v0::stack

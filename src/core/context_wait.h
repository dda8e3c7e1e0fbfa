#pragma once

#include <cloudkit/context.h>

#include <vector>

namespace cloudkit::inline v0 {

/// For code that waits on file descriptors itself.
struct ContextAccess {
  /// Descriptors that become readable, for good, when the context is cancelled: its own and
  /// its parents'. Empty when it cannot be cancelled, and without those that were opened before a fork: a cancel
  /// may come without a sign. Valid while `context` lives.
  static std::vector<int> wake_descriptors(const Context& context);
};

}  // namespace cloudkit::inline v0

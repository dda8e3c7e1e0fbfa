#pragma once

#include "local/functions/child.h"

#include <memory>
#include <mutex>
#include <string_view>

namespace cloudkit::inline v0::local::functions {

/// A small process that ends process groups when this program ends without doing so: what a child started itself, the
/// kernel does not end. It is a shell, not a fork, so that it shares no memory with a large host. Thread-safe.
class Guardian {
 public:
  /// Errors: as `Child::start`.
  static Result<std::shared_ptr<Guardian>> start();
  void watch(pid_t group) { tell("add", group); }
  /// Before the group's number can be another's.
  void release(pid_t group) { tell("drop", group); }

 private:
  Guardian(std::unique_ptr<Child> shell, core::UniqueFd pipe) : shell_(std::move(shell)), pipe_(std::move(pipe)) {}
  void tell(std::string_view what, pid_t group);

  std::mutex mutex_;
  const std::unique_ptr<Child> shell_;  // Ended after its pipe, which it would take for our end.
  const core::UniqueFd pipe_;
};

}  // namespace cloudkit::inline v0::local::functions

#pragma once

#include "core/unique_fd.h"

#include <cloudkit/result.h>

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cloudkit::inline v0::local::functions {

/// What is run, and all that it gets from us.
struct ChildSpec {
  std::vector<std::string> arguments = {};    ///< The first is the program's path.
  std::vector<std::string> environment = {};  ///< "NAME=value"; nothing else is inherited.
  std::string directory = {};                 ///< Where it starts.
  bool outlives_host = false;                 ///< Is not ended with us, and reads a socket of ours: see `take_input`.
};

/// How a program ended.
struct ChildExit {
  int code = 0;
  int signal = 0;     ///< Not 0: of this signal.
  bool known = true;  ///< False where somebody else reaped it.
};

/// "exit status 1", "signal: killed".
std::string describe(const ChildExit& exit);

/// A running program in a process group of its own, which is killed as a whole by the destructor at the latest, and by
/// the kernel should the thread that started it end. It reads /dev/null, and has no open file but its two pipes. Not
/// thread-safe.
class Child {
 public:
  /// Errors: `invalid_argument` for what the kernel cannot run, with its reason only: "permission denied";
  /// `unavailable` when there are no processes or files to be had.
  static Result<std::unique_ptr<Child>> start(const ChildSpec& spec);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();

  /// The other end of what it reads, where it outlives the host.
  core::UniqueFd take_input() noexcept { return std::move(input_); }
  /// Called once the group has been killed, before its number can be another's.
  void on_end(std::function<void(pid_t)> call) { on_end_ = std::move(call); }

  pid_t pid() const noexcept { return pid_; }
  /// What it writes to stdout and stderr; both are non-blocking.
  int output() const noexcept { return output_.get(); }
  int errors() const noexcept { return errors_.get(); }
  /// Becomes readable when it ends; -1 where the kernel has no such thing.
  int exit_descriptor() const noexcept { return exit_descriptor_.get(); }

  bool running() const noexcept;
  /// Ends the whole group at once, and says how the program itself ended. What is left of the group of a program that
  /// somebody else reaped is not touched: its number may be another's.
  ChildExit kill() noexcept;
  /// The most memory that it had resident at once; 0 when the system does not tell.
  std::uint64_t peak_memory_bytes() const;

 private:
  Child(pid_t pid, core::UniqueFd output, core::UniqueFd errors);

  const pid_t pid_;
  core::UniqueFd output_;
  core::UniqueFd errors_;
  core::UniqueFd exit_descriptor_;
  core::UniqueFd input_;
  std::function<void(pid_t)> on_end_ = {};
  std::optional<ChildExit> exit_ = {};  // Once it is reaped.
  std::uint64_t peak_memory_ = 0;       // The same.
};

}  // namespace cloudkit::inline v0::local::functions

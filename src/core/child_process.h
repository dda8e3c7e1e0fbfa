#pragma once

#include <cloudkit/context.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0::core {

struct ProgramLimits {
  std::size_t max_output = std::size_t{1} << 20;
  std::chrono::milliseconds time = std::chrono::seconds(60);
};

struct ProgramResult {
  std::string output = {};
  int exit_code = 0;  ///< As a shell says it: 128 + N when signal N ended the program.
};

/// Runs a program, found by PATH where its name has no `/`, without a shell, and returns what it
/// wrote to stdout. It reads nothing, its stderr is dropped, and of this process's open files it
/// gets none. It has a process group of its own, of which nothing is left when this returns: not
/// after a success, and not after a limit, which ends it by SIGKILL. Thread-safe.
///
/// Errors: `io` for a program that cannot be started; `timeout` for the time limit; `unknown` for
/// too much output; those of `context`. None shows the arguments or the output.
Result<ProgramResult> run_program(const std::vector<std::string>& arguments, const ProgramLimits& limits,
                                  const Context& context);

/// The other side of a program that is talked to. Called by the thread that runs it.
class ProgramPeer {
 public:
  ProgramPeer() = default;
  ProgramPeer(const ProgramPeer&) = delete;
  ProgramPeer& operator=(const ProgramPeer&) = delete;
  virtual ~ProgramPeer() = default;

  /// What it reads next, valid until the next call. Empty: there is no more. Nothing: not yet.
  virtual Result<std::optional<std::string_view>> next_input() = 0;
  /// Whether its stdin stays open after that: for a program to which the end means that this one is gone.
  virtual bool keeps_input_open() const = 0;
  virtual Status take_output(std::string_view text) = 0;
  virtual Status take_errors(std::string_view text) = 0;
  /// Asked again and again, some 10 ms apart. False: enough; the program is ended. An error does that, too, and is what
  /// the conversation returns.
  virtual Result<bool> proceed() = 0;
};

/// As `run_program`, for a program that reads, and whose output is not kept here. Returns its exit code. Errors: `io`
/// for a program that cannot be started; those of `peer` and `context`.
Result<int> talk_to_program(const std::vector<std::string>& arguments, ProgramPeer& peer, const Context& context);

}  // namespace cloudkit::inline v0::core

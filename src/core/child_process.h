#pragma once

#include <cloudkit/context.h>

#include <chrono>
#include <cstddef>
#include <string>
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

}  // namespace cloudkit::inline v0::core

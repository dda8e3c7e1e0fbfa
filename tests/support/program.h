#pragma once

#include <sys/wait.h>

#include <cstdio>
#include <stdexcept>
#include <string>

namespace test {

struct ProgramOutcome {
  int exit_code = -1;
  std::string output = {};  ///< And what it said of errors.
};

/// Runs a command by the shell, in an environment that holds `variables` ("A=1 B=2") and PATH
/// only: nothing of the machine's own credentials.
inline ProgramOutcome run_program(const std::string& variables, const std::string& command) {
  const std::string line = "env -i PATH=\"$PATH\" " + variables + " " + command + " 2>&1";
  ProgramOutcome outcome;
  FILE* pipe = ::popen(line.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("popen failed");
  char buffer[512];
  while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, pipe)) outcome.output.append(buffer, count);
  outcome.exit_code = WEXITSTATUS(::pclose(pipe));
  return outcome;
}

}  // namespace test

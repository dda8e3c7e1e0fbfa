#pragma once

#include <doctest/doctest.h>
#include <sys/wait.h>

#include <cstdio>
#include <sstream>
#include <string>

/// Runs example programs as a user's shell does.
namespace examples {

struct Outcome {
  int exit_code = -1;
  std::string output;  ///< What the user reads by default: both streams, without the log's lines.
  std::string log;     ///< What CLOUDKIT_LOG=trace adds.
};

/// `command` is a line for the shell, run in an environment that holds nothing of the machine's own
/// credentials. All that it logs is printed, so that a search for leaked secrets sees it.
inline Outcome run(const std::string& home, const std::string& variables, const std::string& command) {
  const std::string line = "env -i CLOUDKIT_LOG=trace HOME=" + home + " " + variables + " " + command + " 2>&1";
  Outcome outcome;
  FILE* pipe = ::popen(line.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string text;
  char buffer[512];
  while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, pipe)) text.append(buffer, count);
  const int status = ::pclose(pipe);
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  std::istringstream lines(text);
  for (std::string one; std::getline(lines, one);) {
    // "cloudkit LEVEL: …"
    const bool logged = one.starts_with("cloudkit ") && one.find(' ', 9) == one.find(": ") + 1;
    (logged ? outcome.log : outcome.output) += one + '\n';
  }
  std::fputs(text.c_str(), stdout);
  return outcome;
}

}  // namespace examples

#pragma once

#include "support/program.h"

#include <cstdio>
#include <functional>
#include <sstream>
#include <string>

/// Runs example programs as a user's shell does.
namespace examples {

struct Outcome {
  int exit_code = -1;
  std::string output;  ///< What the user reads by default: both streams, without the log's lines.
  std::string log;     ///< What CLOUDKIT_LOG=trace adds.
};

inline std::string with_environment(const std::string& home, const std::string& variables) {
  return "CLOUDKIT_LOG=trace AWS_EC2_METADATA_DISABLED=true HOME=" + home + " " + variables;
}

inline Outcome outcome_of(const test::ProgramOutcome& ended) {
  Outcome outcome;
  outcome.exit_code = ended.exit_code;
  std::istringstream lines(ended.output);
  for (std::string one; std::getline(lines, one);) {
    // "cloudkit LEVEL: …"
    const bool logged = one.starts_with("cloudkit ") && one.find(' ', 9) == one.find(": ") + 1;
    (logged ? outcome.log : outcome.output) += one + '\n';
  }
  std::fputs(ended.output.c_str(), stdout);
  return outcome;
}

/// `command` is a line for the shell, run in an environment that holds nothing of the machine's own
/// credentials, and asks no metadata service. All that it logs is printed, so that a search for
/// leaked secrets sees it.
inline Outcome run(const std::string& home, const std::string& variables, const std::string& command) {
  return outcome_of(test::run_program(with_environment(home, variables), command));
}

/// Of what a program has printed and logged so far.
using IsTime = std::function<bool(const std::string& output)>;

/// The same, but the program is told to end by SIGTERM once `is_time` holds.
inline Outcome run_until_sigterm(const std::string& home, const std::string& variables, const std::string& command,
                                 const IsTime& is_time) {
  return outcome_of(test::run_program_until_sigterm(with_environment(home, variables), command, is_time));
}

}  // namespace examples

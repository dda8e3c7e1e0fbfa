#pragma once

#include "support/program.h"

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
/// credentials, and asks no metadata service. All that it logs is printed, so that a search for
/// leaked secrets sees it.
inline Outcome run(const std::string& home, const std::string& variables, const std::string& command) {
  const auto ended =
      test::run_program("CLOUDKIT_LOG=trace AWS_EC2_METADATA_DISABLED=true HOME=" + home + " " + variables, command);
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

/// The same, but the program is told to end by SIGTERM after `seconds`; once: otherwise timeout(1) tells its group,
/// too.
inline Outcome run_until_sigterm(const std::string& home, const std::string& variables, const std::string& command,
                                 const std::string& seconds = "1") {
  return run(home, variables, "timeout --foreground --preserve-status " + seconds + " " + command);
}

}  // namespace examples

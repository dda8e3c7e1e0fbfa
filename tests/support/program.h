#pragma once

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <functional>
#include <stdexcept>
#include <string>

namespace test {

struct ProgramOutcome {
  int exit_code = -1;       ///< As a shell has it: 128 and the signal's number when one ended it.
  std::string output = {};  ///< And what it said of errors.
};

inline FILE* begin_program(const std::string& line) {
  FILE* pipe = ::popen(line.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("popen failed");
  return pipe;
}

inline int end_program(FILE* pipe) {
  const int status = ::pclose(pipe);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// Runs a command by the shell, in an environment that holds `variables` ("A=1 B=2") and PATH
/// only: nothing of the machine's own credentials.
inline ProgramOutcome run_program(const std::string& variables, const std::string& command) {
  FILE* pipe = begin_program("env -i PATH=\"$PATH\" " + variables + " " + command + " 2>&1");
  ProgramOutcome outcome;
  char buffer[512];
  while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, pipe)) outcome.output.append(buffer, count);
  outcome.exit_code = end_program(pipe);
  return outcome;
}

/// The same for one program, which is told to end by a single SIGTERM once `is_time` holds of what it has printed;
/// after half a minute anyway.
inline ProgramOutcome run_program_until_sigterm(const std::string& variables, const std::string& command,
                                                const std::function<bool(const std::string& output)>& is_time) {
  // The shell becomes the program, and so has its number.
  FILE* pipe = begin_program("echo $$; exec env -i PATH=\"$PATH\" " + variables + " " + command + " 2>&1");
  std::setvbuf(pipe, nullptr, _IONBF, 0);  // What follows the number is left for read(2).
  char buffer[512];
  if (std::fgets(buffer, sizeof buffer, pipe) == nullptr) throw std::runtime_error("sh said nothing");
  const pid_t pid = std::stoi(buffer);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  ProgramOutcome outcome;
  for (bool is_told = false;;) {
    pollfd printed{::fileno(pipe), POLLIN, 0};
    if (::poll(&printed, 1, is_told ? -1 : 5) > 0) {
      const ssize_t count = ::read(printed.fd, buffer, sizeof buffer);
      if (count <= 0) break;
      outcome.output.append(buffer, static_cast<std::size_t>(count));
    }
    if (is_told || (!is_time(outcome.output) && std::chrono::steady_clock::now() < until)) continue;
    ::kill(pid, SIGTERM);
    is_told = true;
  }
  outcome.exit_code = end_program(pipe);
  return outcome;
}

}  // namespace test

#pragma once

#include "support/processes.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

/// Programs that SIGKILL ends at some moment, and what the next one makes of that.
namespace test {

/// This test program again, which does one of its cases and nothing else. What it prints is appended to `log`.
inline pid_t spawn_case(const std::string& test_case, const std::map<std::string, std::string>& more,
                        const std::string& log) {
  std::vector<std::string> variables = {std::string("PATH=") + std::getenv("PATH")};
  for (const auto& [name, value] : more) variables.push_back(name + '=' + value);
  for (const char* name : {"CLOUDKIT_LOG", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "TMPDIR"}) {
    if (const char* value = std::getenv(name)) variables.push_back(std::string(name) + '=' + value);
  }
  std::vector<char*> environment;
  for (std::string& variable : variables) environment.push_back(variable.data());
  environment.push_back(nullptr);
  std::string program = "/proc/self/exe";
  std::string only = "--test-case=" + test_case;
  std::vector<char*> arguments = {program.data(), only.data(), nullptr};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  pid_t child = -1;
  const int failed = ::posix_spawn(&child, program.c_str(), &actions, nullptr, arguments.data(), environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  REQUIRE(failed == 0);
  return child;
}

/// Its exit code; nothing when it was killed.
inline std::optional<int> outcome_of(pid_t child) {
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? std::optional<int>(WEXITSTATUS(status)) : std::nullopt;
}

/// Kills works by turns, and lets each come to its end by another program afterwards.
class Killer {
 public:
  struct Hooks {
    /// Begins a work. `end`: it is to end by a SIGKILL of its own, where it can choose a moment better.
    std::function<pid_t(const std::string& work, bool end)> begin = {};
    std::function<std::string()> after_kill = {};                     ///< What is wrong then; "" when nothing is.
    std::function<std::string(const std::string& work)> at_end = {};  ///< The same, when the work is done.
    std::string log = {};                                             ///< Of the works.
    bool ends_itself = false;
  };
  explicit Killer(Hooks hooks) : hooks_(std::move(hooks)) {}

  /// Until `kills` works were killed, at random moments of the time that they take; then the last one of them is done.
  /// Returns what went wrong.
  std::string run(const std::vector<std::string>& works, int kills) {
    for (const std::string& work : works) {
      if (auto wrong = finish(work); !wrong.empty()) return wrong;
    }
    // Some end before they are killed, which proves nothing.
    for (int i = 0; killed_ < kills && i < 4 * kills + 8; ++i) {
      const std::string& work = works[static_cast<std::size_t>(i) % works.size()];
      auto wrong = kill_in(work);
      if (wrong.empty()) wrong = finish(work);
      if (!wrong.empty()) return "kill " + std::to_string(i) + ", " + work + ": " + wrong;
    }
    if (killed_ != kills) return "only " + std::to_string(killed_) + " works were killed";
    return finish(works.back());
  }

 private:
  std::string kill_in(const std::string& work) {
    const pid_t child = hooks_.begin(work, true);
    std::chrono::microseconds moment{0};
    if (!hooks_.ends_itself) {
      moment = std::chrono::microseconds(random_() % static_cast<unsigned long>(took_[work].count() + 1));
      std::this_thread::sleep_for(moment);
      ::kill(child, SIGKILL);
    }
    if (!outcome_of(child)) {
      ++killed_;
    } else if (!hooks_.ends_itself) {
      took_[work] = moment;  // It takes less than the first time.
    }
    return hooks_.after_kill();
  }

  std::string finish(const std::string& work) {
    const auto begun = std::chrono::steady_clock::now();
    const auto code = outcome_of(hooks_.begin(work, false));
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun);
    took_.try_emplace(work, took);
    return code == 0 ? hooks_.at_end(work) : "not done: " + read_file(hooks_.log);
  }

  Hooks hooks_;
  std::mt19937 random_{std::random_device{}()};
  std::map<std::string, std::chrono::microseconds> took_;  // The first time, when all of it had to be done.
  int killed_ = 0;
};

}  // namespace test

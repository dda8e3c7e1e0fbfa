#pragma once

#include "support/full.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <random>
#include <thread>

/// Programs that are killed at a random moment.
namespace test {

// GCC says it by a macro, Clang by a feature.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CLOUDKIT_TEST_IS_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(CLOUDKIT_TEST_IS_SANITIZED)
inline constexpr bool kIsSanitized = true;
#else
inline constexpr bool kIsSanitized = false;
#endif

/// Whether as often as in ./check full: sanitized programs, which are killed no other way, would take an hour.
inline bool is_killed_often() { return is_full_check() && !kIsSanitized; }
/// How often.
inline int kills() { return is_killed_often() ? 200 : 30; }

/// Runs `work`, which never ends by itself, in a process of its own, and kills it once `wait` has returned.
inline void kill_once(const std::function<void()>& wait, const std::function<void()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    ::_exit(1);
  }
  wait();
  REQUIRE(::kill(child, SIGKILL) == 0);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
}

inline void kill_after(std::chrono::microseconds time, const std::function<void()>& work) {
  kill_once([time] { std::this_thread::sleep_for(time); }, work);
}

/// At a moment of the next 20 ms.
inline void kill_at_random(std::mt19937& random, const std::function<void()>& work) {
  kill_after(std::chrono::microseconds(500 + random() % 20000), work);
}

}  // namespace test

#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace test {

/// Looks again and again, for as long as a busy machine may take.
inline bool soon(const std::function<bool()>& holds) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > until) return holds();
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

/// For what must have got somewhere when a limit ends it: the first limit is long enough for that, or, on a busy
/// machine, a longer one.
inline bool within_some_limit(const std::function<bool(std::chrono::milliseconds limit)>& holds) {
  for (const int limit : {500, 2000, 10'000}) {
    if (holds(std::chrono::milliseconds(limit))) return true;
  }
  return false;
}

}  // namespace test

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

}  // namespace test

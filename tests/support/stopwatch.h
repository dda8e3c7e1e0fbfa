#pragma once

#include <chrono>

namespace test {

/// More than a busy machine takes for what happens at once; what would have to be waited for otherwise takes longer.
constexpr std::chrono::seconds kSoon{10};

class Stopwatch {
 public:
  std::chrono::milliseconds elapsed() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start_);
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace test

#pragma once

#include <chrono>

namespace test {

/// For what has to happen within a limit that is short where a test can be quick: `attempt` is made with four times
/// the limit as long as it returns false, "it did not get so far in time". False when even seconds were not enough.
template <class Attempt>
bool with_more_time(std::chrono::milliseconds limit, Attempt attempt) {
  for (; limit < std::chrono::seconds(15); limit *= 4) {
    if (attempt(limit)) return true;
  }
  return false;
}

}  // namespace test

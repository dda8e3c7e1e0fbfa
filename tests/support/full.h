#pragma once

#include <cstdlib>

namespace test {

/// Whether `./check full` runs, which has time for more of the same.
inline bool is_full_check() {
  const char* const value = std::getenv("CLOUDKIT_TEST_FULL");
  return value != nullptr && *value != '\0';
}

}  // namespace test

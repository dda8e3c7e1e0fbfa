#pragma once

#include <cstdlib>
#include <string>

namespace cloudkit::inline v0::serving {

/// The variable's value, or "".
inline std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace cloudkit::inline v0::serving

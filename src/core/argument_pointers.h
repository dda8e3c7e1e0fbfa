#pragma once

#include <string>
#include <vector>

namespace cloudkit::inline v0::core {

/// As exec and posix_spawn take arguments and environments; valid as long as `texts`.
inline std::vector<char*> argument_pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  // POSIX promises that they are not changed.
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace cloudkit::inline v0::core

#pragma once

#include <string>

namespace cloudkit::test {

/// Bytes that tell where they stand.
inline std::string pattern(std::size_t size, unsigned seed = 0) {
  std::string data(size, '\0');
  for (std::size_t i = 0; i < size; ++i) data[i] = static_cast<char>(i * 7 + i / 251 + seed);
  return data;
}

}  // namespace cloudkit::test

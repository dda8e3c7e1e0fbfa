#pragma once

#include <string>

namespace test {

/// All values, from 256 bytes on, and no two parts of an object are the same.
inline std::string varied_bytes(std::size_t size, unsigned seed = 0) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 7 + i / 257 + (i >> 20) + seed);
  return bytes;
}

}  // namespace test

#pragma once

#include "support/free_port.h"

#include <fstream>
#include <iterator>
#include <string>

namespace examples {

inline std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

using test::free_port;

}  // namespace examples

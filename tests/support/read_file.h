#pragma once

#include <fstream>
#include <sstream>
#include <string>

namespace test {

/// What a file holds; of one that is not there, nothing.
inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();  // Iterators would throw for a file in /proc of a process that ends meanwhile.
  return text.str();
}

}  // namespace test

#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

/// The whole of a file below tests/data.
inline std::string read_test_data(const std::string& name) {
  std::ifstream in(std::string(CLOUDKIT_TEST_DATA) + "/" + name, std::ios::binary);
  if (!in) throw std::runtime_error("no test data: " + name);
  return {std::istreambuf_iterator<char>(in), {}};
}

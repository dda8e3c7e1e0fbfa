#pragma once

#include "support/free_port.h"
#include "support/read_file.h"

#include <fstream>
#include <string>

namespace examples {

using ::test::read_file;

inline void write(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

using test::free_port;

}  // namespace examples

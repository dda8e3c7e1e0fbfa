#include "core/random.h"

#include "core/encode.h"

#include <random>
#include <vector>

namespace cloudkit::inline v0::core {

std::string random_hex(std::size_t bytes) {
  std::random_device device;
  std::vector<unsigned char> random(bytes);
  for (unsigned char& byte : random) byte = static_cast<unsigned char>(device());
  return hex_encode(random);
}

}  // namespace cloudkit::inline v0::core

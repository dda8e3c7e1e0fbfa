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

double random_fraction() {
  thread_local std::minstd_rand engine{std::random_device{}()};
  return std::uniform_real_distribution<double>(0.0, 1.0)(engine);
}

}  // namespace cloudkit::inline v0::core

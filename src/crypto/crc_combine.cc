#include <array>
#include <cstddef>

#include "crypto/crc.h"
#include "crypto/crc_math.h"

namespace cloudkit::inline v0::crypto {
namespace {

// x^(8·2^k): what a run of 2^k bytes does to the CRC of the bytes before it.
template <class Crc>
constexpr std::array<Crc, 64> make_byte_powers() {
  std::array<Crc, 64> powers{};
  powers[0] = power_of_x<Crc>(8);
  for (std::size_t k = 1; k < powers.size(); ++k) powers[k] = multiply(powers[k - 1], powers[k - 1]);
  return powers;
}
template <class Crc>
constexpr auto kBytePowers = make_byte_powers<Crc>();

// The complements at both ends of a CRC cancel out here.
template <class Crc>
Crc combine(Crc a, Crc b, std::uint64_t length_b) noexcept {
  for (std::size_t k = 0; length_b != 0; ++k, length_b >>= 1) {
    if ((length_b & 1) != 0) a = multiply(a, kBytePowers<Crc>[k]);
  }
  return a ^ b;
}

}  // namespace

std::uint32_t crc32c_combine(std::uint32_t a, std::uint32_t b, std::uint64_t length_b) noexcept {
  return combine(a, b, length_b);
}
std::uint64_t crc64nvme_combine(std::uint64_t a, std::uint64_t b, std::uint64_t length_b) noexcept {
  return combine(a, b, length_b);
}

}  // namespace cloudkit::inline v0::crypto

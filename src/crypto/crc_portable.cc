#include <array>
#include <cstddef>
#include <cstdint>

#include "crypto/crc_math.h"
#include "crypto/crc_paths.h"

namespace cloudkit::inline v0::crypto {
namespace {

template <class Crc>
using Tables = std::array<std::array<Crc, 256>, 8>;

// tables[k][b]: what byte b adds to the register when k more bytes follow it.
template <class Crc>
Tables<Crc> make_tables() noexcept {
  Tables<Crc> tables{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    Crc value = byte;
    for (int bit = 0; bit < 8; ++bit) value = times_x(value);
    tables[0][byte] = value;
  }
  for (std::size_t k = 1; k < 8; ++k) {
    for (unsigned byte = 0; byte < 256; ++byte) {
      const Crc before = tables[k - 1][byte];
      tables[k][byte] = (before >> 8) ^ tables[0][before & 255];
    }
  }
  return tables;
}

// Compilers make one load of this.
std::uint64_t load_little_endian(const char* data) noexcept {
  std::uint64_t word = 0;
  for (unsigned i = 0; i < 8; ++i) word |= std::uint64_t{static_cast<unsigned char>(data[i])} << (8 * i);
  return word;
}

// Slicing by 8: eight look-ups that do not wait for each other.
template <class Crc>
Crc update(Crc crc, std::string_view data) noexcept {
  // Made at the first use, in microseconds: as constants they were a twentieth of a small program.
  static const Tables<Crc> tables = make_tables<Crc>();
  Crc state = ~crc;
  for (; data.size() >= 8; data.remove_prefix(8)) {
    const std::uint64_t word = state ^ load_little_endian(data.data());
    state = 0;
    for (unsigned i = 0; i < 8; ++i) state ^= tables[7 - i][word >> (8 * i) & 255];
  }
  for (const char c : data) {
    state = (state >> 8) ^ tables[0][(state ^ static_cast<unsigned char>(c)) & 255];
  }
  return ~state;
}

}  // namespace

std::uint32_t crc32c_portable(std::uint32_t crc, std::string_view data) noexcept { return update(crc, data); }
std::uint64_t crc64nvme_portable(std::uint64_t crc, std::string_view data) noexcept { return update(crc, data); }

}  // namespace cloudkit::inline v0::crypto

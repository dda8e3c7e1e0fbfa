#pragma once

#include <cstdint>
#include <limits>

/// Polynomials over GF(2) modulo a CRC's generator. As in every reflected CRC, the highest bit
/// of a number is the coefficient of x^0. The width names the CRC: 32 bits are CRC-32C, 64 are
/// CRC-64/NVME.
namespace cloudkit::inline v0::crypto {

template <class Crc>
inline constexpr Crc kGenerator = 0;
/// https://www.rfc-editor.org/rfc/rfc3720#section-12.1
template <>
inline constexpr std::uint32_t kGenerator<std::uint32_t> = 0x82F63B78;
/// https://nvmexpress.org/specification/nvm-command-set-specification/ (5.2.1.3.4)
template <>
inline constexpr std::uint64_t kGenerator<std::uint64_t> = 0x9A6C9329AC4BC9B5;

template <class Crc>
inline constexpr Crc kOne = Crc{1} << (std::numeric_limits<Crc>::digits - 1);

template <class Crc>
constexpr Crc times_x(Crc a) noexcept {
  return (a & 1) != 0 ? (a >> 1) ^ kGenerator<Crc> : a >> 1;
}

template <class Crc>
constexpr Crc multiply(Crc a, Crc b) noexcept {
  Crc product = 0;
  for (Crc bit = kOne<Crc>; bit != 0; bit >>= 1) {
    if ((a & bit) != 0) product ^= b;
    b = times_x(b);
  }
  return product;
}

/// x^exponent.
template <class Crc>
constexpr Crc power_of_x(std::uint64_t exponent) noexcept {
  Crc result = kOne<Crc>;
  for (Crc square = times_x(kOne<Crc>); exponent != 0; exponent >>= 1) {
    if ((exponent & 1) != 0) result = multiply(result, square);
    square = multiply(square, square);
  }
  return result;
}

/// x^exponent as a 64-bit polynomial, for a carry-less multiplication of 64-bit halves.
template <class Crc>
constexpr std::uint64_t wide_power_of_x(std::uint64_t exponent) noexcept {
  return std::uint64_t{power_of_x<Crc>(exponent)} << (64 - std::numeric_limits<Crc>::digits);
}

/// Factors that move the two halves of 16 bytes of message `bits` further from its end. The
/// first bytes, which weigh x^64 more, are the low half. One x less, because the carry-less
/// product of two reflected numbers comes out multiplied by x.
struct FoldFactors {
  std::uint64_t low;
  std::uint64_t high;
};
template <class Crc>
constexpr FoldFactors fold_factors(std::uint64_t bits) noexcept {
  return {wide_power_of_x<Crc>(bits + 64 - 1), wide_power_of_x<Crc>(bits - 1)};
}

/// For CRC-32C streams: the carry-less product of a CRC and this, taken through the crc32
/// instruction (which multiplies by x^32), is the CRC after `bytes` more zero bytes.
constexpr std::uint32_t shift_factor(std::uint64_t bytes) noexcept {
  return power_of_x<std::uint32_t>(bytes * 8 - 32 - 1);
}

}  // namespace cloudkit::inline v0::crypto

#include "crypto/crc_math.h"
#include "crypto/crc_paths.h"

#if defined(__aarch64__) && defined(__AARCH64EL__) && defined(__GNUC__) && (defined(__linux__) || defined(__APPLE__))

#include <arm_neon.h>

#include <cstring>

#if defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace cloudkit::inline v0::crypto {
namespace {

// Assembly, because GCC and older Clangs disagree on how a single function asks for these
// instructions, and the library itself is built for any ARMv8 processor.
#define CLOUDKIT_CRC_INSTRUCTIONS ".arch_extension crc\n\t"
#define CLOUDKIT_PMULL_INSTRUCTIONS ".arch_extension aes\n\t"

inline std::uint32_t crc32c_word(std::uint32_t state, std::uint64_t word) noexcept {
  std::uint32_t result;
  asm(CLOUDKIT_CRC_INSTRUCTIONS "crc32cx %w0, %w1, %x2" : "=r"(result) : "r"(state), "r"(word));
  return result;
}
inline std::uint32_t crc32c_byte(std::uint32_t state, unsigned char byte) noexcept {
  std::uint32_t result;
  const std::uint32_t wide = byte;
  asm(CLOUDKIT_CRC_INSTRUCTIONS "crc32cb %w0, %w1, %w2" : "=r"(result) : "r"(state), "r"(wide));
  return result;
}
inline uint64x2_t multiply_low(uint64x2_t a, uint64x2_t b) noexcept {
  uint64x2_t product;
  asm(CLOUDKIT_PMULL_INSTRUCTIONS "pmull %0.1q, %1.1d, %2.1d" : "=w"(product) : "w"(a), "w"(b));
  return product;
}
inline uint64x2_t multiply_high(uint64x2_t a, uint64x2_t b) noexcept {
  uint64x2_t product;
  asm(CLOUDKIT_PMULL_INSTRUCTIONS "pmull2 %0.1q, %1.2d, %2.2d" : "=w"(product) : "w"(a), "w"(b));
  return product;
}

inline std::uint64_t load_word(const char* data) noexcept {
  std::uint64_t word;
  std::memcpy(&word, data, sizeof word);
  return word;
}

inline std::uint64_t carryless_product(std::uint32_t a, std::uint32_t b) noexcept {
  return vgetq_lane_u64(multiply_low(vdupq_n_u64(a), vdupq_n_u64(b)), 0);
}

// Three streams hide the instruction's latency, as on x86.
template <std::size_t kStream>
std::uint32_t three_streams(std::uint32_t state, std::string_view& data) noexcept {
  constexpr std::uint32_t after_one = shift_factor(kStream);
  constexpr std::uint32_t after_two = shift_factor(2 * kStream);
  for (; data.size() >= 3 * kStream; data.remove_prefix(3 * kStream)) {
    const char* const p = data.data();
    std::uint32_t first = state;
    std::uint32_t second = 0;
    std::uint32_t third = 0;
    for (std::size_t i = 0; i < kStream; i += 8) {
      first = crc32c_word(first, load_word(p + i));
      second = crc32c_word(second, load_word(p + kStream + i));
      third = crc32c_word(third, load_word(p + 2 * kStream + i));
    }
    state = crc32c_word(0, carryless_product(first, after_two) ^ carryless_product(second, after_one)) ^ third;
  }
  return state;
}

std::uint32_t crc32c_streams(std::uint32_t crc, std::string_view data) noexcept {
  std::uint32_t state = ~crc;
  state = three_streams<2048>(state, data);
  state = three_streams<128>(state, data);
  for (; data.size() >= 8; data.remove_prefix(8)) state = crc32c_word(state, load_word(data.data()));
  for (const char c : data) state = crc32c_byte(state, static_cast<unsigned char>(c));
  return ~state;
}

inline uint64x2_t load_128(const char* data) noexcept {
  return vreinterpretq_u64_u8(vld1q_u8(reinterpret_cast<const unsigned char*>(data)));
}
inline uint64x2_t pair(std::uint64_t low, std::uint64_t high) noexcept {
  return vcombine_u64(vcreate_u64(low), vcreate_u64(high));
}
inline uint64x2_t fold(uint64x2_t value, uint64x2_t factors, uint64x2_t next) noexcept {
  return veorq_u64(veorq_u64(multiply_low(value, factors), multiply_high(value, factors)), next);
}

// See fold_by_64 in crc_x86.cc.
std::uint64_t crc64nvme_fold(std::uint64_t crc, std::string_view data) noexcept {
  constexpr std::size_t kStep = 64;
  if (data.size() < kStep) return crc64nvme_portable(crc, data);
  constexpr FoldFactors far = fold_factors<std::uint64_t>(512);
  constexpr FoldFactors near = fold_factors<std::uint64_t>(128);
  const uint64x2_t by_512 = pair(far.low, far.high);
  const uint64x2_t by_128 = pair(near.low, near.high);

  uint64x2_t a = veorq_u64(load_128(data.data()), pair(~crc, 0));
  uint64x2_t b = load_128(data.data() + 16);
  uint64x2_t c = load_128(data.data() + 32);
  uint64x2_t d = load_128(data.data() + 48);
  for (data.remove_prefix(kStep); data.size() >= kStep; data.remove_prefix(kStep)) {
    a = fold(a, by_512, load_128(data.data()));
    b = fold(b, by_512, load_128(data.data() + 16));
    c = fold(c, by_512, load_128(data.data() + 32));
    d = fold(d, by_512, load_128(data.data() + 48));
  }
  uint64x2_t rest = fold(fold(fold(a, by_128, b), by_128, c), by_128, d);
  for (; data.size() >= 16; data.remove_prefix(16)) rest = fold(rest, by_128, load_128(data.data()));

  char remainder[16];
  vst1q_u8(reinterpret_cast<unsigned char*>(remainder), vreinterpretq_u8_u64(rest));
  return crc64nvme_portable(crc64nvme_portable(~std::uint64_t{0}, {remainder, sizeof remainder}), data);
}

bool has_instructions() noexcept {
#if defined(__APPLE__)
  return true;  // every 64-bit Apple processor that runs a supported system
#else
  constexpr unsigned long kNeeded = HWCAP_CRC32 | HWCAP_PMULL;
  return (getauxval(AT_HWCAP) & kNeeded) == kNeeded;
#endif
}

}  // namespace

void add_arm_paths(CrcPaths& paths) {
  if (!has_instructions()) return;
  paths.crc32c.push_back({"crc32c", crc32c_streams});
  paths.crc64nvme.push_back({"pmull", crc64nvme_fold});
}

}  // namespace cloudkit::inline v0::crypto

#else

namespace cloudkit::inline v0::crypto {
void add_arm_paths(CrcPaths&) {}
}  // namespace cloudkit::inline v0::crypto

#endif

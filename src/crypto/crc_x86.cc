#include "crypto/crc_math.h"
#include "crypto/crc_paths.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#include <cstring>

// Each function names the instructions that it needs, so that the library itself is built for
// any x86-64 processor.
#define CLOUDKIT_TARGET_128 __attribute__((target("sse4.2,pclmul")))
#define CLOUDKIT_TARGET_512 __attribute__((target("sse4.2,pclmul,avx512f,vpclmulqdq")))

namespace cloudkit::inline v0::crypto {
namespace {

std::uint64_t load_word(const char* data) noexcept {
  std::uint64_t word;
  std::memcpy(&word, data, sizeof word);
  return word;
}

CLOUDKIT_TARGET_128 std::uint64_t carryless_product(std::uint32_t a, std::uint32_t b) noexcept {
  const __m128i product = _mm_clmulepi64_si128(_mm_cvtsi64_si128(a), _mm_cvtsi64_si128(b), 0);
  return static_cast<std::uint64_t>(_mm_cvtsi128_si64(product));
}

// The instruction takes 3 cycles but may start every cycle: three streams hide two of them.
template <std::size_t kStream>
CLOUDKIT_TARGET_128 std::uint64_t three_streams(std::uint64_t state, std::string_view& data) noexcept {
  constexpr std::uint32_t after_one = shift_factor(kStream);
  constexpr std::uint32_t after_two = shift_factor(2 * kStream);
  for (; data.size() >= 3 * kStream; data.remove_prefix(3 * kStream)) {
    const char* const p = data.data();
    std::uint64_t first = state;
    std::uint64_t second = 0;
    std::uint64_t third = 0;
    for (std::size_t i = 0; i < kStream; i += 8) {
      first = _mm_crc32_u64(first, load_word(p + i));
      second = _mm_crc32_u64(second, load_word(p + kStream + i));
      third = _mm_crc32_u64(third, load_word(p + 2 * kStream + i));
    }
    const std::uint64_t shifted = carryless_product(static_cast<std::uint32_t>(first), after_two) ^
                                  carryless_product(static_cast<std::uint32_t>(second), after_one);
    state = _mm_crc32_u64(0, shifted) ^ third;
  }
  return state;
}

CLOUDKIT_TARGET_128 std::uint32_t crc32c_streams(std::uint32_t crc, std::string_view data) noexcept {
  std::uint64_t state = ~crc;
  state = three_streams<2048>(state, data);
  state = three_streams<128>(state, data);
  for (; data.size() >= 8; data.remove_prefix(8)) state = _mm_crc32_u64(state, load_word(data.data()));
  auto narrow = static_cast<std::uint32_t>(state);
  for (const char c : data) narrow = _mm_crc32_u8(narrow, static_cast<unsigned char>(c));
  return ~narrow;
}

CLOUDKIT_TARGET_128 __m128i load_128(const char* data) noexcept {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(data));
}

CLOUDKIT_TARGET_128 __m128i factors_128(FoldFactors factors) noexcept {
  return _mm_set_epi64x(static_cast<long long>(factors.high), static_cast<long long>(factors.low));
}

CLOUDKIT_TARGET_128 __m128i fold_128(__m128i value, __m128i factors, __m128i next) noexcept {
  const __m128i low = _mm_clmulepi64_si128(value, factors, 0x00);
  const __m128i high = _mm_clmulepi64_si128(value, factors, 0x11);
  return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

// Folding keeps a remainder of 16 (or 64) bytes that is congruent to all of the message so far.
// Its CRC from an all-zero register, which is the complement of the argument, is the message's.
// https://www.intel.com/content/dam/www/public/us/en/documents/white-papers/fast-crc-computation-generic-polynomials-pclmulqdq-paper.pdf
template <class Crc, Crc (*kShort)(Crc, std::string_view) noexcept>
CLOUDKIT_TARGET_128 Crc fold_by_64(Crc crc, std::string_view data) noexcept {
  constexpr std::size_t kStep = 64;
  if (data.size() < kStep) return kShort(crc, data);
  constexpr FoldFactors far = fold_factors<Crc>(512);
  constexpr FoldFactors near = fold_factors<Crc>(128);
  const __m128i by_512 = factors_128(far);
  const __m128i by_128 = factors_128(near);

  const auto state = static_cast<long long>(static_cast<Crc>(~crc));
  __m128i a = _mm_xor_si128(load_128(data.data()), _mm_set_epi64x(0, state));
  __m128i b = load_128(data.data() + 16);
  __m128i c = load_128(data.data() + 32);
  __m128i d = load_128(data.data() + 48);
  for (data.remove_prefix(kStep); data.size() >= kStep; data.remove_prefix(kStep)) {
    a = fold_128(a, by_512, load_128(data.data()));
    b = fold_128(b, by_512, load_128(data.data() + 16));
    c = fold_128(c, by_512, load_128(data.data() + 32));
    d = fold_128(d, by_512, load_128(data.data() + 48));
  }
  __m128i rest = fold_128(fold_128(fold_128(a, by_128, b), by_128, c), by_128, d);
  for (; data.size() >= 16; data.remove_prefix(16)) rest = fold_128(rest, by_128, load_128(data.data()));

  char remainder[16];
  _mm_storeu_si128(reinterpret_cast<__m128i*>(remainder), rest);
  return kShort(kShort(static_cast<Crc>(~Crc{0}), {remainder, sizeof remainder}), data);
}

CLOUDKIT_TARGET_512 __m512i load_512(const char* data) noexcept { return _mm512_loadu_si512(data); }

CLOUDKIT_TARGET_512 __m512i fold_512(__m512i value, __m512i factors, __m512i next) noexcept {
  const __m512i low = _mm512_clmulepi64_epi128(value, factors, 0x00);
  const __m512i high = _mm512_clmulepi64_epi128(value, factors, 0x11);
  return _mm512_ternarylogic_epi64(low, high, next, 0x96);  // all three xored
}

CLOUDKIT_TARGET_512 __m512i factors_512(FoldFactors factors) noexcept {
  const auto low = static_cast<long long>(factors.low);
  const auto high = static_cast<long long>(factors.high);
  return _mm512_set_epi64(high, low, high, low, high, low, high, low);
}

template <class Crc, Crc (*kShort)(Crc, std::string_view) noexcept>
CLOUDKIT_TARGET_512 Crc fold_by_256(Crc crc, std::string_view data) noexcept {
  constexpr std::size_t kStep = 256;
  if (data.size() < kStep) return kShort(crc, data);
  constexpr FoldFactors far = fold_factors<Crc>(2048);
  constexpr FoldFactors near = fold_factors<Crc>(512);
  const __m512i by_2048 = factors_512(far);
  const __m512i by_512 = factors_512(near);

  const auto state = static_cast<long long>(static_cast<Crc>(~crc));
  __m512i a = _mm512_xor_si512(load_512(data.data()), _mm512_set_epi64(0, 0, 0, 0, 0, 0, 0, state));
  __m512i b = load_512(data.data() + 64);
  __m512i c = load_512(data.data() + 128);
  __m512i d = load_512(data.data() + 192);
  for (data.remove_prefix(kStep); data.size() >= kStep; data.remove_prefix(kStep)) {
    a = fold_512(a, by_2048, load_512(data.data()));
    b = fold_512(b, by_2048, load_512(data.data() + 64));
    c = fold_512(c, by_2048, load_512(data.data() + 128));
    d = fold_512(d, by_2048, load_512(data.data() + 192));
  }
  __m512i rest = fold_512(fold_512(fold_512(a, by_512, b), by_512, c), by_512, d);
  for (; data.size() >= 64; data.remove_prefix(64)) rest = fold_512(rest, by_512, load_512(data.data()));

  char remainder[64];
  _mm512_storeu_si512(remainder, rest);
  // Left dirty, the upper halves make all later SSE code slow. GCC 12 omits this before a call
  // of a function that it knows not to touch them.
  _mm256_zeroupper();
  return kShort(kShort(static_cast<Crc>(~Crc{0}), {remainder, sizeof remainder}), data);
}

constexpr auto crc64nvme_fold = fold_by_64<std::uint64_t, crc64nvme_portable>;

}  // namespace

void add_x86_paths(CrcPaths& paths) {
  if (!__builtin_cpu_supports("sse4.2") || !__builtin_cpu_supports("pclmul")) return;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("vpclmulqdq")) {
    paths.crc32c.push_back({"vpclmulqdq", fold_by_256<std::uint32_t, crc32c_streams>});
    paths.crc64nvme.push_back({"vpclmulqdq", fold_by_256<std::uint64_t, crc64nvme_fold>});
  }
  paths.crc32c.push_back({"sse4.2", crc32c_streams});
  paths.crc64nvme.push_back({"pclmulqdq", crc64nvme_fold});
}

}  // namespace cloudkit::inline v0::crypto

#else

namespace cloudkit::inline v0::crypto {
void add_x86_paths(CrcPaths&) {}
}  // namespace cloudkit::inline v0::crypto

#endif

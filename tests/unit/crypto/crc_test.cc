#include "crypto/crc.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "crypto/crc_paths.h"
#include "vector_input.h"

#if defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

using namespace cloudkit;
using crypto::CrcPath;

namespace {

// What the templates below need to know of each CRC.
template <class Crc>
struct Kind;
template <>
struct Kind<std::uint32_t> {
  static constexpr const char* kName = "crc32c";
  static constexpr std::uint32_t kReversedGenerator = 0x82F63B78;
  static auto paths() { return crypto::crc32c_paths(); }
  static auto update(std::uint32_t crc, std::string_view data) { return crypto::crc32c(crc, data); }
  static auto combine(std::uint32_t a, std::uint32_t b, std::uint64_t n) { return crypto::crc32c_combine(a, b, n); }
};
template <>
struct Kind<std::uint64_t> {
  static constexpr const char* kName = "crc64nvme";
  static constexpr std::uint64_t kReversedGenerator = 0x9A6C9329AC4BC9B5;
  static auto paths() { return crypto::crc64nvme_paths(); }
  static auto update(std::uint64_t crc, std::string_view data) { return crypto::crc64nvme(crc, data); }
  static auto combine(std::uint64_t a, std::uint64_t b, std::uint64_t n) { return crypto::crc64nvme_combine(a, b, n); }
};

// The definition, one bit at a time.
template <class Crc>
Crc by_definition(std::string_view data) {
  Crc state = ~Crc{0};
  for (const char c : data) {
    state ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) state = (state >> 1) ^ ((state & 1) != 0 ? Kind<Crc>::kReversedGenerator : 0);
  }
  return ~state;
}

std::string random_bytes(std::size_t size, std::mt19937_64& random) {
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

const nlohmann::json& published() {
  static const nlohmann::json vectors = nlohmann::json::parse(std::ifstream(CLOUDKIT_TEST_DATA "/checksums.json"));
  return vectors;
}

template <class Crc>
Crc from_hex(std::string_view hex) {
  Crc value = 0;
  const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), value, 16);
  REQUIRE(error == std::errc{});
  REQUIRE(end == hex.data() + hex.size());
  return value;
}

// "a x 65536" is a run, anything else is itself.
std::string part_of(const std::string& text) {
  const std::size_t times = text.find(" x ");
  return times == 1 ? std::string(std::stoul(text.substr(4)), text[0]) : text;
}

}  // namespace

TEST_CASE_TEMPLATE("every path gives the published values", Crc, std::uint32_t, std::uint64_t) {
  REQUIRE(published()["cases"].size() == 13);
  for (const CrcPath<Crc>& path : Kind<Crc>::paths()) {
    for (const auto& test : published()["cases"]) {
      CAPTURE(path.name);
      CAPTURE(test["name"].get<std::string>());
      const std::string input = input_of(test);
      REQUIRE(input.size() == test["length"].get<std::size_t>());
      const auto expected = from_hex<Crc>(test[Kind<Crc>::kName]["hex"].template get<std::string>());
      CHECK(path.update(0, input) == expected);
      CHECK(Kind<Crc>::update(0, input) == expected);
    }
  }
}

TEST_CASE_TEMPLATE("published parts combine to the published whole", Crc, std::uint32_t, std::uint64_t) {
  REQUIRE(published()["combine"].size() == 4);
  const std::string name = Kind<Crc>::kName;
  for (const CrcPath<Crc>& path : Kind<Crc>::paths()) {
    for (const auto& test : published()["combine"]) {
      CAPTURE(path.name);
      CAPTURE(test["name"].get<std::string>());
      Crc whole = 0;
      for (std::size_t i = 0; i < test["parts"].size(); ++i) {
        const std::string part = part_of(test["parts"][i]);
        REQUIRE(part.size() == test["part_lengths"][i].get<std::size_t>());
        const Crc crc = path.update(0, part);
        CHECK(crc == from_hex<Crc>(test[name + "_parts"][i].template get<std::string>()));
        whole = Kind<Crc>::combine(whole, crc, part.size());
      }
      CHECK(whole == from_hex<Crc>(test[name].template get<std::string>()));
    }
  }
}

TEST_CASE_TEMPLATE("every path follows the definition at any length and alignment", Crc, std::uint32_t, std::uint64_t) {
  std::mt19937_64 random(20261123);
  const std::string bytes = random_bytes(10'000 + 64, random);
  const auto check = [&](std::size_t offset, std::size_t length) {
    const std::string_view data = std::string_view(bytes).substr(offset, length);
    const Crc expected = by_definition<Crc>(data);
    for (const CrcPath<Crc>& path : Kind<Crc>::paths()) {
      CAPTURE(path.name);
      CAPTURE(offset);
      CAPTURE(length);
      CHECK(path.update(0, data) == expected);
    }
  };
  for (std::size_t length = 0; length <= 600; ++length) check(length % 64, length);
  for (int i = 0; i < 300; ++i) check(random() % 64, random() % 10'001);
}

TEST_CASE_TEMPLATE("pieces in order give the CRC of the whole", Crc, std::uint32_t, std::uint64_t) {
  std::mt19937_64 random(64);
  for (int round = 0; round < 200; ++round) {
    const std::string whole = random_bytes(random() % 10'001, random);
    const Crc expected = Kind<Crc>::paths().back().update(0, whole);
    for (const CrcPath<Crc>& path : Kind<Crc>::paths()) {
      CAPTURE(path.name);
      Crc crc = 0;
      std::string_view rest = whole;
      while (!rest.empty()) {
        const std::size_t take = std::min<std::size_t>(rest.size(), 1 + random() % 2'000);
        crc = path.update(crc, rest.substr(0, take));
        rest.remove_prefix(take);
      }
      CHECK(crc == expected);
      CHECK(path.update(crc, {}) == expected);
    }
  }
}

TEST_CASE_TEMPLATE("combining any split gives the CRC of the whole", Crc, std::uint32_t, std::uint64_t) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 300; ++round) {
    const std::string whole = random_bytes(random() % 10'001, random);
    const std::string_view a = std::string_view(whole).substr(0, random() % (whole.size() + 1));
    const std::string_view b = std::string_view(whole).substr(a.size());
    CHECK(Kind<Crc>::combine(Kind<Crc>::update(0, a), Kind<Crc>::update(0, b), b.size()) ==
          Kind<Crc>::update(0, whole));
  }
}

TEST_CASE_TEMPLATE("combining works for lengths beyond any memory", Crc, std::uint32_t, std::uint64_t) {
  // The CRC of 2^k zeros by doubling; the end at 2^40 is then reached on another way.
  std::vector<Crc> zeros = {Kind<Crc>::update(0, std::string_view("\0", 1))};
  for (int k = 0; k < 40; ++k) zeros.push_back(Kind<Crc>::combine(zeros[k], zeros[k], std::uint64_t{1} << k));
  CHECK(zeros[20] == Kind<Crc>::update(0, std::string(1 << 20, '\0')));
  Crc all_but_one = 0;  // 2^40 - 1 zeros
  for (int k = 39; k >= 0; --k) all_but_one = Kind<Crc>::combine(all_but_one, zeros[k], std::uint64_t{1} << k);
  CHECK(Kind<Crc>::update(all_but_one, std::string_view("\0", 1)) == zeros[40]);

  // Lengths add up, up to the largest.
  const Crc a = 0x1234567;
  const std::uint64_t huge = ~std::uint64_t{0};
  CHECK(Kind<Crc>::combine(a, 0, huge) == Kind<Crc>::combine(Kind<Crc>::combine(a, 0, huge - 12'345), 0, 12'345));
  CHECK(Kind<Crc>::combine(a, 0, huge / 2) != a);
}

TEST_CASE_TEMPLATE("the portable path is there and comes last", Crc, std::uint32_t, std::uint64_t) {
  REQUIRE(!Kind<Crc>::paths().empty());
  CHECK(Kind<Crc>::paths().back().name == "portable");
}

#if defined(__x86_64__)
TEST_CASE("a processor with the instructions uses them") {
  if (!__builtin_cpu_supports("sse4.2") || !__builtin_cpu_supports("pclmul")) return;
  CHECK(crypto::crc32c_paths().size() >= 2);
  CHECK(crypto::crc64nvme_paths().size() >= 2);
}
#endif

#if defined(__aarch64__) && defined(__linux__)
TEST_CASE("a processor with the instructions uses them") {
  constexpr unsigned long kNeeded = HWCAP_CRC32 | HWCAP_PMULL;
  if ((::getauxval(AT_HWCAP) & kNeeded) != kNeeded) return;
  CHECK(crypto::crc32c_paths().size() >= 2);
  CHECK(crypto::crc64nvme_paths().size() >= 2);
}
#endif

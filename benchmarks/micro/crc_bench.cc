// Every CRC implementation of this processor over 1 MiB, which fits the second-level cache: the
// bytes of a transfer are hashed there. The floor on x86 is one stream of crc32q instructions.

#include <cstdint>
#include <cstring>
#include <string>

#include "crypto/crc.h"
#include "crypto/crc_paths.h"
#include "micro/floor.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace {

namespace crypto = cloudkit::crypto;

std::string make_buffer() {
  std::string buffer(std::size_t{1} << 20, '\0');
  std::uint32_t state = 1;
  for (char& c : buffer) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  return buffer;
}

template <class Crc>
void run(benchmark::State& state, Crc (*update)(Crc, std::string_view) noexcept) {
  static const std::string buffer = make_buffer();
  Crc crc = 0;
  for (auto _ : state) {
    crc = update(crc, buffer);
    benchmark::DoNotOptimize(crc);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * buffer.size()));
}

#if defined(__x86_64__)
constexpr const char* kFloor = "floor_crc32q_stream";

__attribute__((target("sse4.2"))) std::uint32_t one_stream(std::uint32_t crc, std::string_view data) noexcept {
  std::uint64_t state = ~crc;
  for (; data.size() >= 8; data.remove_prefix(8)) {
    std::uint64_t word;
    std::memcpy(&word, data.data(), sizeof word);
    state = _mm_crc32_u64(state, word);
  }
  return ~static_cast<std::uint32_t>(state);
}

void register_floor() {
  if (__builtin_cpu_supports("sse4.2")) benchmark::RegisterBenchmark(kFloor, run<std::uint32_t>, one_stream);
}
#else
constexpr const char* kFloor = "crc32c/portable";
void register_floor() {}
#endif

template <class Crc>
void register_paths(const std::string& name, std::span<const crypto::CrcPath<Crc>> paths) {
  for (const auto& path : paths) {
    benchmark::RegisterBenchmark((name + "/" + std::string(path.name)).c_str(), run<Crc>, path.update);
  }
}

}  // namespace

int main(int argc, char** argv) {
  register_floor();
  benchmark::RegisterBenchmark("crc32c", run<std::uint32_t>, crypto::crc32c);
  benchmark::RegisterBenchmark("crc64nvme", run<std::uint64_t>, crypto::crc64nvme);
  register_paths("crc32c", crypto::crc32c_paths());
  register_paths("crc64nvme", crypto::crc64nvme_paths());

  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  cloudkit::bench::FloorReporter reporter(kFloor);
  benchmark::RunSpecifiedBenchmarks(&reporter);
  return 0;
}

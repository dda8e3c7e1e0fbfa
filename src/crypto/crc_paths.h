#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

/// The implementations behind crc.h, for the dispatch, the tests and the benchmarks.
namespace cloudkit::inline v0::crypto {

template <class Crc>
struct CrcPath {
  std::string_view name;
  Crc (*update)(Crc crc, std::string_view data) noexcept;
};
using Crc32cPath = CrcPath<std::uint32_t>;
using Crc64nvmePath = CrcPath<std::uint64_t>;

/// What this processor can run, the fastest first. The last one is portable.
std::span<const Crc32cPath> crc32c_paths() noexcept;
std::span<const Crc64nvmePath> crc64nvme_paths() noexcept;

struct CrcPaths {
  std::vector<Crc32cPath> crc32c;
  std::vector<Crc64nvmePath> crc64nvme;
};
/// Each adds what the processor offers, or nothing when built for another architecture.
void add_x86_paths(CrcPaths& paths);
void add_arm_paths(CrcPaths& paths);

std::uint32_t crc32c_portable(std::uint32_t crc, std::string_view data) noexcept;
std::uint64_t crc64nvme_portable(std::uint64_t crc, std::string_view data) noexcept;

}  // namespace cloudkit::inline v0::crypto

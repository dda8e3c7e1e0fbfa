#pragma once

#include <cstdint>
#include <string_view>

/// CRC-32C and CRC-64/NVME, by the processor's instructions where it has them.
namespace cloudkit::inline v0::crypto {

/// Continues from `crc`, which is 0 at first.
std::uint32_t crc32c(std::uint32_t crc, std::string_view data) noexcept;
std::uint64_t crc64nvme(std::uint64_t crc, std::string_view data) noexcept;

/// The CRC of A followed by B, from those of A and of B and B's length.
std::uint32_t crc32c_combine(std::uint32_t a, std::uint32_t b, std::uint64_t length_b) noexcept;
std::uint64_t crc64nvme_combine(std::uint64_t a, std::uint64_t b, std::uint64_t length_b) noexcept;

}  // namespace cloudkit::inline v0::crypto

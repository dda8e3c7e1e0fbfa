#include "http/object/checksum.h"

#include "core/encode.h"
#include "core/fail.h"
#include "crypto/crc.h"

#include <fmt/format.h>

#include <array>

namespace cloudkit::inline v0::http {
namespace {

template <std::size_t N>
std::string base64_of(std::uint64_t value) {
  std::array<unsigned char, N> bytes{};
  for (std::size_t i = 0; i < N; ++i) bytes[i] = static_cast<unsigned char>(value >> (8 * (N - 1 - i)));
  return core::base64_encode(bytes);
}

}  // namespace

std::string crc32c_header(std::string_view data) { return crc32c_header(crypto::crc32c(0, data)); }

std::string crc32c_header(std::uint32_t crc) { return base64_of<4>(crc); }

std::optional<std::uint64_t> checksum_of_header(std::string_view header, Checksum::Algorithm algorithm) {
  const auto bytes = core::base64_decode(header);
  if (!bytes || bytes->size() != (algorithm == Checksum::Algorithm::crc32c ? 4U : 8U)) return std::nullopt;
  std::uint64_t value = 0;
  for (const char byte : *bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

std::optional<std::uint32_t> crc32c_of_header(std::string_view header) {
  const auto value = checksum_of_header(header, Checksum::Algorithm::crc32c);
  if (!value) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

std::string joined_crc32c(const std::vector<UploadPart>& parts) {
  std::uint32_t joined = 0;
  for (const UploadPart& part : parts) {
    const auto crc = crc32c_of_header(part.checksum);
    if (!crc) return {};
    joined = crypto::crc32c_combine(joined, *crc, part.size);
  }
  return crc32c_header(joined);
}

Status check_checksum(const crypto::RunningChecksum& bytes, const Checksum& expected) {
  if (bytes.matches(expected)) return {};
  const auto shown = expected.algorithm == Checksum::Algorithm::crc32c ? base64_of<4> : base64_of<8>;
  Error error = core::fail(ErrorCode::data_loss, fmt::format("the bytes have the checksum {}, the service says {}",
                                                             shown(bytes.value()), shown(expected.value)));
  error.retryable = true;
  return error;
}

}  // namespace cloudkit::inline v0::http

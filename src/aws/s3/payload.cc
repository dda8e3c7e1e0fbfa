#include "aws/s3/payload.h"

#include "core/encode.h"
#include "core/fail.h"
#include "crypto/crc.h"
#include "crypto/digest.h"

#include <fmt/format.h>

#include <array>
#include <vector>

namespace cloudkit::inline v0::aws::s3 {
namespace {

constexpr std::string_view kEmptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr std::size_t kChunk = 256 << 10;

// Hands all of the source to `take`, which cannot fail.
template <class Take>
Status read_all(const Source& source, const Take& take) {
  std::vector<char> buffer(kChunk);
  for (std::uint64_t offset = 0; offset < source.size();) {
    const auto read = source.read_at(offset, buffer);
    if (!read) return read.error();
    if (*read == 0)
      return core::fail(ErrorCode::io, fmt::format("the source ended after {} of {} bytes", offset, source.size()));
    take(std::string_view(buffer.data(), *read));
    offset += *read;
  }
  return {};
}

Result<std::string> sha256_of(const Source& source) {
  crypto::Sha256 hash;
  const Status read = read_all(source, [&](std::string_view chunk) { hash.update(chunk); });
  if (!read) return read.error();
  return core::hex_encode(hash.finish());
}

// Most significant byte first, as AWS writes them.
template <std::size_t N>
std::string base64_of(std::uint64_t value) {
  std::array<unsigned char, N> bytes{};
  for (std::size_t i = 0; i < N; ++i) bytes[i] = static_cast<unsigned char>(value >> (8 * (N - 1 - i)));
  return core::base64_encode(bytes);
}

}  // namespace

Status set_payload_hash(http::Request& request, bool may_be_unsigned) {
  if (request.body_size() == 0) {
    request.headers.set("x-amz-content-sha256", std::string(kEmptySha256));
  } else if (may_be_unsigned) {
    request.headers.set("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
  } else if (request.source == nullptr) {
    request.headers.set("x-amz-content-sha256", core::hex_encode(crypto::sha256(request.body.view())));
  } else {
    auto hash = sha256_of(*request.source);
    if (!hash) return std::move(hash).error();
    request.headers.set("x-amz-content-sha256", *std::move(hash));
  }
  return {};
}

std::string crc32c_header(std::string_view data) { return crc32c_header(crypto::crc32c(0, data)); }

std::string crc32c_header(std::uint32_t crc) { return base64_of<4>(crc); }

Result<std::string> crc32c_header(const Source& source) {
  if (const auto bytes = source.contiguous()) return crc32c_header(bytes->view());
  std::uint32_t crc = 0;
  const Status read = read_all(source, [&](std::string_view chunk) { crc = crypto::crc32c(crc, chunk); });
  if (!read) return read.error();
  return crc32c_header(crc);
}

std::optional<std::uint32_t> crc32c_of_header(std::string_view header) {
  const auto bytes = core::base64_decode(header);
  if (!bytes || bytes->size() != 4) return std::nullopt;
  std::uint32_t crc = 0;
  for (const char byte : *bytes) crc = crc << 8 | static_cast<unsigned char>(byte);
  return crc;
}

ChecksumCheck::ChecksumCheck(const http::Response& head) {
  // A checksum of checksums, "…-3", is not one of the bytes.
  if (core::equals_ignoring_case(head.headers.get("x-amz-checksum-type"), "COMPOSITE")) return;
  const std::string_view crc32c = head.headers.get("x-amz-checksum-crc32c");
  const std::string_view crc64nvme = head.headers.get("x-amz-checksum-crc64nvme");
  expected_ = crc32c.empty() ? crc64nvme : crc32c;
  if (expected_.empty() || expected_.find('-') != std::string::npos) return;
  kind_ = crc32c.empty() ? Kind::crc64nvme : Kind::crc32c;
}

void ChecksumCheck::update(std::string_view chunk) noexcept {
  if (kind_ == Kind::crc32c) crc_ = crypto::crc32c(static_cast<std::uint32_t>(crc_), chunk);
  if (kind_ == Kind::crc64nvme) crc_ = crypto::crc64nvme(crc_, chunk);
}

Status ChecksumCheck::finish() const {
  if (kind_ == Kind::none) return {};
  const std::string actual = kind_ == Kind::crc32c ? base64_of<4>(crc_) : base64_of<8>(crc_);
  if (actual == expected_) return {};
  Error error = core::fail(ErrorCode::data_loss, fmt::format("the bytes have the checksum {}, the service says {}",
                                                             actual, core::printable_excerpt(expected_, 80)));
  error.retryable = true;
  return error;
}

}  // namespace cloudkit::inline v0::aws::s3

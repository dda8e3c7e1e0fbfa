#include "aws/s3/payload.h"

#include "auth/payload_hash.h"
#include "core/encode.h"
#include "core/fail.h"
#include "crypto/crc.h"

#include <fmt/format.h>

#include <array>

namespace cloudkit::inline v0::aws::s3 {
namespace {

constexpr std::string_view kEmptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// Most significant byte first, as AWS writes them.
template <std::size_t N>
std::string base64_of(std::uint64_t value) {
  std::array<unsigned char, N> bytes{};
  for (std::size_t i = 0; i < N; ++i) bytes[i] = static_cast<unsigned char>(value >> (8 * (N - 1 - i)));
  return core::base64_encode(bytes);
}

}  // namespace

Status set_payload_hash(http::Request& request, bool may_be_unsigned, const Context& context) {
  if (request.body_size() == 0) {
    request.headers.set(auth::kContentSha256, std::string(kEmptySha256));
  } else if (may_be_unsigned) {
    request.headers.set(auth::kContentSha256, "UNSIGNED-PAYLOAD");
  } else {
    auto hash = auth::payload_hash(request, context);
    if (!hash) return std::move(hash).error();
    request.headers.set(auth::kContentSha256, *std::move(hash));
  }
  return {};
}

std::string crc32c_header(std::string_view data) { return base64_of<4>(crypto::crc32c(0, data)); }

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

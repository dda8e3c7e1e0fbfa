#include "aws/s3/payload.h"

#include "auth/payload_hash.h"
#include "aws/s3/errors.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/paced_source.h"
#include "core/source_chunks.h"
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
std::uint64_t number_of(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

}  // namespace

Status set_payload_hash(http::Request& request, bool may_be_unsigned, const Context& context) {
  if (request.headers.contains("x-amz-trailer")) return {};
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

std::string crc32c_header(std::string_view data) { return crc32c_header(crypto::crc32c(0, data)); }

std::string crc32c_header(std::uint32_t crc) { return base64_of<4>(crc); }

Result<std::string> crc32c_for(const Quirks& quirks, const Source& source, const Context& context) {
  if (!quirks.crc32c_header) return std::string();
  std::uint32_t crc = 0;
  const Status read = core::read_source(core::unpaced(source), context, [&](Bytes chunk) -> Status {
    crc = crypto::crc32c(crc, chunk.view());
    return {};
  });
  if (!read) return read.error();
  return crc32c_header(crc);
}

std::optional<std::uint32_t> crc32c_of_header(std::string_view header) {
  const auto bytes = core::base64_decode(header);
  if (!bytes || bytes->size() != 4) return std::nullopt;
  return static_cast<std::uint32_t>(number_of(*bytes));
}

Result<Checksum> read_checksum(const http::Headers& headers) {
  using Algorithm = Checksum::Algorithm;
  // A checksum of checksums, "…-3", is not one of the bytes.
  if (core::equals_ignoring_case(headers.get("x-amz-checksum-type"), "COMPOSITE")) return Checksum{};
  const std::string_view crc32c = headers.get("x-amz-checksum-crc32c");
  const std::string_view text = crc32c.empty() ? headers.get("x-amz-checksum-crc64nvme") : crc32c;
  if (text.empty() || text.find('-') != std::string_view::npos) return Checksum{};
  const auto bytes = core::base64_decode(text);
  if (!bytes || bytes->size() != (crc32c.empty() ? 8U : 4U)) {
    return unexpected_reply(fmt::format("the checksum is \"{}\"", core::printable_excerpt(text, 80)));
  }
  Checksum checksum{crc32c.empty() ? Algorithm::crc64nvme : Algorithm::crc32c};
  checksum.value = number_of(*bytes);
  return checksum;
}

Status check_checksum(const crypto::RunningChecksum& bytes, const Checksum& expected) {
  if (bytes.matches(expected)) return {};
  const auto shown = expected.algorithm == Checksum::Algorithm::crc32c ? base64_of<4> : base64_of<8>;
  Error error = core::fail(ErrorCode::data_loss, fmt::format("the bytes have the checksum {}, the service says {}",
                                                             shown(bytes.value()), shown(expected.value)));
  error.retryable = true;
  return error;
}

Status check_stored(std::string_view what, std::string_view crc32c, const http::Response& response) {
  const std::string_view stored = response.headers.get("x-amz-checksum-crc32c");
  if (crc32c.empty() || stored.empty() || stored == crc32c) return {};
  return core::fail(ErrorCode::data_loss, fmt::format("{} has the checksum {}, the service says {}", what, crc32c,
                                                      core::printable_excerpt(stored, 80)));
}

}  // namespace cloudkit::inline v0::aws::s3

#include "azure/blob/checksum.h"

#include "azure/credentials/account_endpoint.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/paced_source.h"
#include "core/source_chunks.h"
#include "crypto/crc.h"
#include "crypto/digest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace cloudkit::inline v0::azure::blob {
namespace {

constexpr std::string_view kCrc64Header = "x-ms-content-crc64";
constexpr std::string_view kMd5Header = "content-md5";

Digest of_crc64(std::uint64_t crc) {
  std::array<unsigned char, 8> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<unsigned char>(crc >> (8 * i));
  return {kCrc64Header, core::base64_encode(bytes)};
}

Digest of_md5(const crypto::Md5Digest& digest) { return {kMd5Header, core::base64_encode(digest)}; }

}  // namespace

Digests digests_of_host(std::string_view host) noexcept { return is_azure_host(host) ? Digests::crc64 : Digests::md5; }

void Digest::add_to(http::Headers& headers) const {
  if (!value.empty()) headers.add(std::string(header), value);
}

Status Digest::check_stored(const http::Response& response) const {
  const std::string_view stored = response.headers.get(header);
  if (value.empty() || stored.empty() || stored == value) return {};
  Error error = core::fail(
      ErrorCode::data_loss,
      fmt::format("what was sent has the checksum {}, the service says {}", value, core::printable_excerpt(stored, 80)),
      "other bytes are stored than were sent: put it again");
  error.may_have_happened = true;
  return error;
}

Digest digest_of(std::string_view data, Digests digests) {
  return digests == Digests::crc64 ? of_crc64(crypto::crc64nvme(0, data)) : of_md5(crypto::md5(data));
}

Result<Digest> digest_of(const Source& source, Digests digests, const Context& context) {
  if (const auto bytes = source.contiguous()) return digest_of(bytes->view(), digests);
  std::uint64_t crc = 0;
  crypto::Md5 md5;
  const Status read = core::read_source(core::unpaced(source), context, [&](Bytes chunk) -> Status {
    if (digests == Digests::crc64) {
      crc = crypto::crc64nvme(crc, chunk.view());
    } else {
      md5.update(chunk.view());
    }
    return {};
  });
  if (!read) return read.error();
  return digests == Digests::crc64 ? of_crc64(crc) : of_md5(md5.finish());
}

}  // namespace cloudkit::inline v0::azure::blob

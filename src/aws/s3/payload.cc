#include "aws/s3/payload.h"

#include "auth/payload_hash.h"
#include "aws/s3/errors.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/paced_source.h"
#include "core/source_chunks.h"
#include "crypto/crc.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::aws::s3 {
namespace {

constexpr std::string_view kEmptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

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

Result<Checksum> read_checksum(const http::Headers& headers) {
  using Algorithm = Checksum::Algorithm;
  // A checksum of checksums, "…-3", is not one of the bytes.
  if (core::equals_ignoring_case(headers.get("x-amz-checksum-type"), "COMPOSITE")) return Checksum{};
  const std::string_view crc32c = headers.get("x-amz-checksum-crc32c");
  const std::string_view text = crc32c.empty() ? headers.get("x-amz-checksum-crc64nvme") : crc32c;
  if (text.empty() || text.find('-') != std::string_view::npos) return Checksum{};
  const Algorithm algorithm = crc32c.empty() ? Algorithm::crc64nvme : Algorithm::crc32c;
  const auto value = http::checksum_of_header(text, algorithm);
  if (!value) return unexpected_reply(fmt::format("the checksum is \"{}\"", core::printable_excerpt(text, 80)));
  return Checksum{algorithm, *value};
}

Status check_stored(std::string_view what, std::string_view crc32c, const http::Response& response) {
  const std::string_view stored = response.headers.get("x-amz-checksum-crc32c");
  if (crc32c.empty() || stored.empty() || stored == crc32c) return {};
  return core::fail(ErrorCode::data_loss, fmt::format("{} has the checksum {}, the service says {}", what, crc32c,
                                                      core::printable_excerpt(stored, 80)));
}

}  // namespace cloudkit::inline v0::aws::s3

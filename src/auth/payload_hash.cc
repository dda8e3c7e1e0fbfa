#include "auth/payload_hash.h"

#include "core/encode.h"
#include "core/paced_source.h"
#include "core/source_chunks.h"
#include "crypto/digest.h"

namespace cloudkit::inline v0::auth {

Result<std::string> payload_hash(const http::Request& request, const Context& context) {
  if (const auto* given = request.headers.find(kContentSha256)) return *given;
  if (request.source == nullptr && request.body.size() <= core::kChunkSize) {
    return core::hex_encode(crypto::sha256(request.body.view()));
  }
  crypto::Sha256 hash;
  const auto take = [&](Bytes piece) -> Status {
    hash.update(piece.view());
    return {};
  };
  const Status read = request.source != nullptr ? core::read_source(core::unpaced(*request.source), context, take)
                                                : core::read_bytes(request.body, context, take);
  if (!read) return read.error();
  return core::hex_encode(hash.finish());
}

}  // namespace cloudkit::inline v0::auth

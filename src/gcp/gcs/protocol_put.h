#pragma once

#include "gcp/gcs/object_resource.h"
#include "gcp/gcs/related_body.h"
#include "gcp/gcs/request.h"

#include <cloudkit/driver/http.h>
#include <cloudkit/driver/object_store.h>

#include <string>
#include <string_view>

/// What makes objects: in one request, or in a session. Pure functions, but that a request does not own its body.
namespace cloudkit::inline v0::gcp::gcs {

/// The description of what is put. Errors: `invalid_argument` for text that is not UTF-8.
Result<std::string> put_json(std::string_view key, const PutOptions& options, std::string_view crc32c);
/// `body` must outlive the request.
Result<http::Request> put_request(const Target& target, std::string_view bucket, std::string_view key,
                                  const RelatedBody& body, const PutOptions& options);
/// What was stored, of what was sent: `size` bytes with the checksum, or "" for one that nobody knows. Errors:
/// `unknown`, `data_loss`; then the put may have happened.
Result<ObjectInfo> parse_put(std::uint64_t size, std::string_view crc32c, const http::Response& response);

/// A resumable session, which `UploadId` names by its URL without the host: whoever has it may write, so it is a
/// secret. https://cloud.google.com/storage/docs/resumable-uploads
inline constexpr std::uint64_t kChunkUnit = std::uint64_t{256} << 10;

/// `json` must outlive the request. The condition counts when the session ends.
Result<http::Request> begin_session_request(const Target& target, std::string_view bucket, std::string_view key,
                                            std::string_view json, const PutOptions& options);
Result<UploadId> parse_begin_session(const Target& target, std::string_view bucket, const http::Response& response);

/// The requests of a session are `not_found` for an id that is none of the bucket's.
/// Bytes from `offset` on; `bytes` must outlive the request. A second time they are ignored, as far as the service has
/// them.
Result<http::Request> chunk_request(const Target& target, std::string_view bucket, const UploadId& upload,
                                    std::uint64_t offset, const Source& bytes);
/// The end of the object, of `total` bytes with the checksum, or "": its last bytes, or none.
Result<http::Request> last_chunk_request(const Target& target, std::string_view bucket, const UploadId& upload,
                                         std::uint64_t total, std::string_view crc32c, Bytes bytes);
/// How much there is.
Result<http::Request> session_state_request(const Target& target, std::string_view bucket, const UploadId& upload);
Result<http::Request> cancel_session_request(const Target& target, std::string_view bucket, const UploadId& upload);

struct SessionState {
  bool is_complete = false;
  std::optional<std::uint64_t> persisted = {};  ///< Nothing where the reply does not say.
};
Result<SessionState> parse_session_state(const http::Response& response);

}  // namespace cloudkit::inline v0::gcp::gcs

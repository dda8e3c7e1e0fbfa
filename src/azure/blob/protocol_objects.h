#pragma once

#include "azure/blob/checksum.h"
#include "azure/blob/request.h"
#include "http/object/get_receiver.h"

#include <cloudkit/driver/http.h>
#include <cloudkit/driver/object_store.h>

#include <optional>
#include <string>
#include <string_view>

/// Requests about one blob, and what their replies mean: pure functions. Replies are successes; failures are the
/// classifier's. https://learn.microsoft.com/rest/api/storageservices/operations-on-blobs
namespace cloudkit::inline v0::azure::blob {

/// Errors of all requests: `invalid_argument` for what no request can say.
Result<http::Request> put_request(const Target& target, std::string_view key, const Source& source,
                                  const Digest& digest, const PutOptions& options);
/// `digest`: of what was sent. Errors: `unknown` when the reply does not tell the new token, `data_loss` when it tells
/// another checksum; then the put may have happened.
Result<ObjectInfo> parse_put(std::string_view key, std::uint64_t size, const Digest& digest,
                             const http::Response& response);

/// Errors: also `invalid_argument` for a range from the end, which Azure does not have: ask for the size first.
Result<http::Request> get_request(const Target& target, std::string_view key, const GetOptions& options);
Result<http::GetHead> parse_get(std::string_view key, const std::optional<ByteRange>& range,
                                const http::Response& response);
/// Of the whole blob, in base64, where the service has one and the reply holds the whole; else "".
std::string md5_of_reply(const http::Response& response);

Result<http::Request> head_request(const Target& target, std::string_view key, const Condition& condition = {},
                                   std::string_view version_id = {});
Result<ObjectInfo> parse_head(std::string_view key, const http::Response& response);

/// With its snapshots, without which Azure removes no blob that has some.
Result<http::Request> remove_request(const Target& target, std::string_view key, const Condition& condition);

/// Of one version, which must not be the current one.
Result<http::Request> remove_version_request(const Target& target, std::string_view key, std::string_view version_id);

/// Azure takes all content headers or all metadata at once; `md5` is a content header too.
Result<http::Request> set_content_request(const Target& target, std::string_view key, const ContentHeaders& content,
                                          std::string_view md5, const Condition& condition);
Result<http::Request> set_metadata_request(const Target& target, std::string_view key, const Metadata& metadata,
                                           const Condition& condition);

struct CopyDetails {
  std::string source_url = {};         ///< With a signature, where the source needs one.
  std::string source_token = {};       ///< The copy fails when the source has another one.
  const Metadata* metadata = nullptr;  ///< Instead of the source's; not empty.
  Condition condition = {};            ///< Of the destination.
  std::string storage_class = {};
  Tags tags = {};  ///< All that it gets: the service takes none along.
};
Result<http::Request> copy_request(const Target& target, std::string_view key, const CopyDetails& details);
/// How a copy stands, by the reply to it or to a later head. Errors: `unknown` for a status that is none; `conflict`
/// for a copy that another write has ended.
struct CopyState {
  enum class Status { pending, success, failed, aborted };
  Status status = Status::pending;
  std::string id = {};
};
Result<CopyState> parse_copy(std::string_view id, const http::Response& response);
/// `conflict`, with the reason that the service gives.
Error copy_failure(const CopyState& state, const http::Response& response);

}  // namespace cloudkit::inline v0::azure::blob

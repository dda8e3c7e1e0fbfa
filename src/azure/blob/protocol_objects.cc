#include "azure/blob/protocol_objects.h"

#include "azure/blob/errors.h"
#include "azure/blob/object_headers.h"
#include "core/encode.h"
#include "core/fail.h"
#include "http/object/etag.h"
#include "http/object/ranges.h"
#include "http/object/replies.h"
#include "http/object/set_body.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::azure::blob {
namespace {

constexpr http::ObjectReplies kReplies = {read_object_headers, unexpected_reply};

}  // namespace

Result<http::Request> put_request(const Target& target, std::string_view key, const Source& source,
                                  const Digest& digest, const PutOptions& options) {
  auto request = blob_request(http::Method::put, target, key);
  if (!request) return request;
  request->headers.add("x-ms-blob-type", "BlockBlob");
  add_content_headers(request->headers, options.content);
  add_metadata(request->headers, options.metadata);
  add_tier(request->headers, options.storage_class);
  add_tags(request->headers, options.tags);
  digest.add_to(request->headers);
  http::set_body(*request, source);
  if (auto status = add_write_condition(*request, options.condition); !status) return status.error();
  return request;
}

Result<ObjectInfo> parse_put(std::string_view key, std::uint64_t size, const Digest& digest,
                             const http::Response& response) {
  if (auto same = digest.check_stored(response); !same) return std::move(same).error();
  return read_written(key, size, response);
}

Result<http::Request> get_request(const Target& target, std::string_view key, const GetOptions& options) {
  if (options.range && options.range->from_end) {
    return core::invalid_argument("Azure has no ranges from the end");
  }
  auto request = blob_request(http::Method::get, target, key);
  if (!request) return request;
  // It wins over Range, which proxies may answer themselves.
  // https://learn.microsoft.com/rest/api/storageservices/specifying-the-range-header-for-blob-service-operations
  if (std::string range = http::range_header(options.range); !range.empty()) {
    request->headers.add("x-ms-range", std::move(range));
  }
  add_version(*request, options.version_id);
  if (auto status = add_read_condition(*request, options.condition); !status) return status.error();
  return request;
}

Result<http::GetHead> parse_get(std::string_view key, const std::optional<ByteRange>& range,
                                const http::Response& response) {
  return http::parse_get(kReplies, key, range, response);
}

// Of a range it would be the range's, or come as x-ms-blob-content-md5.
// https://learn.microsoft.com/rest/api/storageservices/get-blob
// Append and page blobs keep the one of their creation, whatever is written to them.
std::string md5_of_reply(const http::Response& response) {
  const bool is_of_all = response.status == 200 && response.headers.get("x-ms-blob-type") == "BlockBlob";
  return is_of_all ? std::string(response.headers.get("content-md5")) : std::string();
}

Result<http::Request> head_request(const Target& target, std::string_view key, const Condition& condition,
                                   std::string_view version_id) {
  auto request = blob_request(http::Method::head, target, key);
  if (!request) return request;
  add_version(*request, version_id);
  if (auto status = add_read_condition(*request, condition); !status) return status.error();
  return request;
}

Result<ObjectInfo> parse_head(std::string_view key, const http::Response& response) {
  return http::parse_head(kReplies, key, response);
}

Result<http::Request> remove_request(const Target& target, std::string_view key, const Condition& condition) {
  auto request = blob_request(http::Method::remove, target, key);
  if (!request) return request;
  request->headers.add("x-ms-delete-snapshots", "include");
  if (condition && condition.kind() != Condition::Kind::match) {
    return core::invalid_argument("remove takes Condition::match only");
  }
  if (auto status = add_write_condition(*request, condition); !status) return status.error();
  request->doubts_503 = static_cast<bool>(condition);
  return request;
}

Result<http::Request> remove_version_request(const Target& target, std::string_view key, std::string_view version_id) {
  auto request = blob_request(http::Method::remove, target, key);
  if (request) add_version(*request, version_id);
  return request;
}

Result<http::Request> set_content_request(const Target& target, std::string_view key, const ContentHeaders& content,
                                          std::string_view md5, const Condition& condition) {
  auto request = blob_request(http::Method::put, target, key);
  if (!request) return request;
  request->query.emplace_back("comp", "properties");
  add_content_headers(request->headers, content);
  if (!md5.empty()) request->headers.add("x-ms-blob-content-md5", std::string(md5));
  if (auto status = add_write_condition(*request, condition); !status) return status.error();
  return request;
}

Result<http::Request> set_metadata_request(const Target& target, std::string_view key, const Metadata& metadata,
                                           const Condition& condition) {
  auto request = blob_request(http::Method::put, target, key);
  if (!request) return request;
  request->query.emplace_back("comp", "metadata");
  add_metadata(request->headers, metadata);
  if (auto status = add_write_condition(*request, condition); !status) return status.error();
  return request;
}

// The kind that ends later, perhaps: within an account it needs no other proof for the source than the request has.
// https://learn.microsoft.com/rest/api/storageservices/copy-blob
Result<http::Request> copy_request(const Target& target, std::string_view key, const CopyDetails& details) {
  auto request = blob_request(http::Method::put, target, key);
  if (!request) return request;
  request->headers.add("x-ms-copy-source", details.source_url);
  auto pinned = http::etag_of_token(details.source_token);
  if (!pinned) return std::move(pinned).error();
  request->headers.add("x-ms-source-if-match", *std::move(pinned));
  if (details.metadata != nullptr) add_metadata(request->headers, *details.metadata);
  add_tier(request->headers, details.storage_class);
  add_tags(request->headers, details.tags);
  if (auto status = add_write_condition(*request, details.condition); !status) return status.error();
  request->doubts_503 = static_cast<bool>(details.condition);
  return request;
}

Result<CopyState> parse_copy(std::string_view id, const http::Response& response) {
  CopyState state;
  state.id = response.headers.get("x-ms-copy-id");
  const std::string_view status = response.headers.get("x-ms-copy-status");
  if (state.id.empty() || (!id.empty() && state.id != id)) {
    if (id.empty()) return unexpected_reply("the reply to the copy has no x-ms-copy-id");
    return core::fail(ErrorCode::conflict, "another write has replaced the copy", "copy it again");
  }
  using Status = CopyState::Status;
  constexpr std::pair<std::string_view, Status> kStatuses[] = {{"pending", Status::pending},
                                                               {"success", Status::success},
                                                               {"failed", Status::failed},
                                                               {"aborted", Status::aborted}};
  for (const auto& [name, meaning] : kStatuses) {
    if (status != name) continue;
    state.status = meaning;
    return state;
  }
  return unexpected_reply(fmt::format("the status of the copy is \"{}\"", core::printable_excerpt(status, 80)));
}

Error copy_failure(const CopyState& state, const http::Response& response) {
  const std::string_view why = response.headers.get("x-ms-copy-status-description");
  return core::fail(
      ErrorCode::conflict,
      fmt::format("the copy has {}: {}", state.status == CopyState::Status::failed ? "failed" : "been aborted",
                  core::printable_excerpt(why, 200)),
      "copy it again");
}

}  // namespace cloudkit::inline v0::azure::blob

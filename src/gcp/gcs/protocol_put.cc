#include "gcp/gcs/protocol_put.h"

#include "core/encode.h"
#include "core/fail.h"
#include "core/upload_rules.h"
#include "gcp/gcs/errors.h"
#include "http/object/checksum.h"
#include "http/object/set_body.h"
#include "http/parse_url.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::gcp::gcs {
namespace {

constexpr std::string_view kUploadPath = "/upload";

std::string upload_path(std::string_view bucket) { return fmt::format("{}{}/o", kUploadPath, bucket_path(bucket)); }

Result<http::Request> insert_request(const Target& target, std::string_view bucket, std::string_view key,
                                     std::string_view type, const PutOptions& options) {
  if (auto valid = check_key(key); !valid) return std::move(valid).error();
  http::Request request = api_request(http::Method::post, target, upload_path(bucket));
  request.query.emplace_back("uploadType", type);
  request.query.emplace_back("fields", kObjectFields);
  if (auto added = add_write_condition(request, options.condition); !added) return std::move(added).error();
  return request;
}

// A session's path is that of the requests that begin one: with another, the caller's token would do other things.
bool is_of_bucket(const Target& target, std::string_view bucket, const UploadId& upload) {
  const std::string_view path = std::string_view(upload.value).substr(0, upload.value.find('?'));
  const std::string own = upload_path(bucket);
  return path == target.base_path + own || path == own || path == "/resumable" + own;
}

// The session is asked at the endpoint that began it: no reply sends tokens to another host.
Result<http::Request> session_request(http::Method method, const Target& target, std::string_view bucket,
                                      const UploadId& upload) {
  auto request = http::parse_url(fmt::format("{}://{}{}", target.scheme, target.host, upload.value));
  const auto has_id = [](const http::Query& query) {
    return std::any_of(query.begin(), query.end(), [](const auto& item) { return item.first == "upload_id"; });
  };
  if (!request || !is_of_bucket(target, bucket, upload) || request->host != target.host || !has_id(request->query)) {
    return core::no_such_upload();
  }
  request->method = method;
  return request;
}

Error stored_otherwise(Error error, std::string hint) {
  error.hint = std::move(hint);
  error.may_have_happened = true;
  return error;
}

}  // namespace

Result<std::string> put_json(std::string_view key, const PutOptions& options, std::string_view crc32c) {
  return attributes_json({.name = key,
                          .content = &options.content,
                          .metadata = &options.metadata,
                          .storage_class = options.storage_class,
                          .crc32c = crc32c});
}

Result<http::Request> put_request(const Target& target, std::string_view bucket, std::string_view key,
                                  const RelatedBody& body, const PutOptions& options) {
  auto request = insert_request(target, bucket, key, "multipart", options);
  if (!request) return request;
  request->headers.add("accept", "application/json");
  body.send_with(*request);
  return request;
}

Result<ObjectInfo> parse_put(std::uint64_t size, std::string_view crc32c, const http::Response& response) {
  auto stored = parse_object(response);
  if (!stored) return stored_otherwise(std::move(stored).error(), "");
  const Checksum& checksum = stored->info.checksum;
  const bool known = !crc32c.empty() && checksum.algorithm == Checksum::Algorithm::crc32c;
  const std::string theirs = known ? http::crc32c_header(static_cast<std::uint32_t>(checksum.value)) : std::string();
  if (stored->info.size == size && (!known || theirs == crc32c)) return std::move(stored->info);
  std::string message = stored->info.size != size
                            ? fmt::format("{} bytes were sent, the service has {}", size, stored->info.size)
                            : fmt::format("the object has the checksum {}, the service says {}", crc32c, theirs);
  return stored_otherwise(core::fail(ErrorCode::data_loss, std::move(message)),
                          "other bytes are stored than were sent: put it again");
}

Result<http::Request> begin_session_request(const Target& target, std::string_view bucket, std::string_view key,
                                            std::string_view json, const PutOptions& options) {
  auto request = insert_request(target, bucket, key, "resumable", options);
  if (!request) return request;
  // A session that nobody knows of holds nothing, and ends by itself.
  request->idempotent = true;
  request->headers.add("content-type", "application/json; charset=UTF-8");
  const std::string_view type = options.content.type;
  if (!type.empty()) request->headers.add("x-upload-content-type", std::string(type));
  request->body = Bytes(json.data(), json.size());
  return request;
}

Result<UploadId> parse_begin_session(const Target& target, std::string_view bucket, const http::Response& response) {
  const std::string_view location = response.headers.get("location");
  const auto url = http::parse_url(location);
  const std::size_t path = url ? location.find('/', location.find("://") + 3) : std::string_view::npos;
  // The rest of the message would be the secret.
  if (path == std::string_view::npos) return unexpected_reply("the reply names no session for the upload");
  UploadId upload{std::string(location.substr(path))};
  if (!session_request(http::Method::put, target, bucket, upload)) {
    return unexpected_reply("the reply names a session that is none of the bucket, or has no upload_id");
  }
  return upload;
}

Result<http::Request> chunk_request(const Target& target, std::string_view bucket, const UploadId& upload,
                                    std::uint64_t offset, const Source& bytes) {
  auto request = session_request(http::Method::put, target, bucket, upload);
  if (!request) return request;
  request->headers.add("content-range", fmt::format("bytes {}-{}/*", offset, offset + bytes.size() - 1));
  http::set_body(*request, bytes);
  return request;
}

Result<http::Request> last_chunk_request(const Target& target, std::string_view bucket, const UploadId& upload,
                                         std::uint64_t total, std::string_view crc32c, Bytes bytes) {
  auto request = session_request(http::Method::put, target, bucket, upload);
  if (!request) return request;
  request->thinking_time = kThinkingTime;
  request->headers.add("content-range", bytes.empty()
                                            ? fmt::format("bytes */{}", total)
                                            : fmt::format("bytes {}-{}/{}", total - bytes.size(), total - 1, total));
  // Of the whole object: with another one it does not appear.
  if (!crc32c.empty()) request->headers.add("x-goog-hash", fmt::format("crc32c={}", crc32c));
  request->headers.add("accept", "application/json");
  request->body = bytes;
  return request;
}

Result<http::Request> session_state_request(const Target& target, std::string_view bucket, const UploadId& upload) {
  auto request = session_request(http::Method::put, target, bucket, upload);
  if (request) request->headers.add("content-range", "bytes */*");
  return request;
}

Result<http::Request> cancel_session_request(const Target& target, std::string_view bucket, const UploadId& upload) {
  return session_request(http::Method::remove, target, bucket, upload);
}

// "bytes=0-42" has 43 of them. Without the header there are none, or nobody knows.
Result<SessionState> parse_session_state(const http::Response& response) {
  if (response.status != 308) return SessionState{true, std::nullopt};
  const std::string* range = response.headers.find("range");
  if (range == nullptr) return SessionState{};
  std::string_view text = *range;
  constexpr std::string_view kFirst = "0-";
  if (text.starts_with("bytes=")) text.remove_prefix(6);
  const auto last = text.starts_with(kFirst) ? core::parse_u64(text.substr(kFirst.size())) : std::nullopt;
  if (!last || *last == UINT64_MAX) {
    return unexpected_reply(fmt::format("the session holds \"{}\"", core::printable_excerpt(*range, 80)));
  }
  return SessionState{false, *last + 1};
}

}  // namespace cloudkit::inline v0::gcp::gcs

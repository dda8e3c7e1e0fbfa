#include "aws/s3/protocol_objects.h"

#include "aws/s3/errors.h"
#include "aws/s3/object_headers.h"
#include "aws/s3/object_request.h"
#include "aws/s3/payload.h"
#include "aws/s3/request.h"
#include "codec/xml.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/time.h"
#include "http/object/ranges.h"
#include "http/object/replies.h"
#include "http/object/set_body.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::aws::s3 {
namespace {

constexpr http::ObjectReplies kReplies = {read_object_headers, unexpected_reply};

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, and HeadObject has them, too.
void add_response_headers(http::Query& query, const ContentHeaders& content) {
  const std::pair<std::string_view, std::string_view> fields[] = {
      {"response-content-type", content.type},         {"response-cache-control", content.cache_control},
      {"response-content-encoding", content.encoding}, {"response-content-disposition", content.disposition},
      {"response-content-language", content.language},
  };
  for (const auto& [name, value] : fields) {
    if (!value.empty()) query.emplace_back(name, value);
  }
}

// What is unpacked has other bytes than were stored, another size, and no ranges.
void accept_as_stored(http::Request& request, const Quirks& quirks) {
  if (quirks.unpacks_gzip) request.headers.add("accept-encoding", "gzip");
}

}  // namespace

Result<http::Request> put_request(const Target& target, std::string_view key, const Source& source,
                                  std::string_view crc32c, const PutOptions& options, const Quirks& quirks) {
  auto request = object_request(http::Method::put, target, key);
  if (!request) return request;
  add_object_headers(request->headers, options.content, options.metadata, options.storage_class);
  add_tags(request->headers, options.tags);
  http::set_body(*request, source);
  if (!crc32c.empty()) request->headers.add("x-amz-checksum-crc32c", std::string(crc32c));
  const Honoured honoured{quirks.put_if_absent, quirks.put_if_match,
                          quirks.bare_tag_on_put ? Quotes::without : Quotes::with};
  if (auto status = add_write_condition(*request, options.condition, honoured); !status) return status.error();
  return request;
}

Result<ObjectInfo> parse_put(std::string_view key, std::uint64_t size, std::string_view crc32c,
                             const http::Response& response) {
  ObjectInfo info;
  info.key = key;
  info.size = size;
  info.etag = token_of_etag(response.headers.get("etag"));
  info.token = info.etag;
  info.version_id = response.headers.get("x-amz-version-id");
  if (info.etag.empty()) {
    Error error = unexpected_reply("the reply to the put has no ETag");
    error.may_have_happened = true;
    return error;
  }
  if (auto same = check_stored("the object", crc32c, response); !same) {
    Error error = std::move(same).error();
    error.hint = "other bytes are stored than were sent: put it again";
    error.may_have_happened = true;
    return error;
  }
  return info;
}

Result<http::Request> get_request(const Target& target, std::string_view key, const GetOptions& options,
                                  const Quirks& quirks) {
  auto request = object_request(http::Method::get, target, key);
  if (!request) return request;
  if (options.condition && !quirks.conditional_get) return not_honoured("conditions on get");
  std::string range = http::range_header(options.range);
  // Checksums are of whole objects.
  if (range.empty() && quirks.crc32c_header) request->headers.add("x-amz-checksum-mode", "ENABLED");
  if (!range.empty()) request->headers.add("range", std::move(range));
  accept_as_stored(*request, quirks);
  if (!options.version_id.empty()) request->query.emplace_back("versionId", options.version_id);
  if (auto status = add_read_condition(*request, options.condition); !status) return status.error();
  return request;
}

Result<http::GetHead> parse_get(std::string_view key, const std::optional<ByteRange>& range,
                                const http::Response& response) {
  return http::parse_get(kReplies, key, range, response);
}

Result<http::Request> head_request(const Target& target, std::string_view key, const HeadOptions& options,
                                   const Condition& condition, const Quirks& quirks) {
  auto request = object_request(http::Method::head, target, key);
  if (!request) return request;
  accept_as_stored(*request, quirks);
  if (!options.version_id.empty()) request->query.emplace_back("versionId", options.version_id);
  if (auto status = add_read_condition(*request, condition); !status) return status.error();
  return request;
}

Result<ObjectInfo> parse_head(std::string_view key, const http::Response& response) {
  return http::parse_head(kReplies, key, response);
}

Result<http::Request> remove_request(const Target& target, std::string_view key, const Condition& condition,
                                     const Quirks& quirks) {
  auto request = object_request(http::Method::remove, target, key);
  if (!request || !condition) return request;
  if (condition.kind() != Condition::Kind::match) return core::invalid_argument("remove takes Condition::match only");
  if (auto status = add_write_condition(*request, condition, {.match = quirks.remove_if_match}); !status) {
    return status.error();
  }
  request->doubts_503 = true;
  return request;
}

Result<http::Request> copy_request(const Target& target, std::string_view key, const CopyDetails& details,
                                   const Quirks& quirks) {
  auto request = object_request(http::Method::put, target, key);
  if (!request) return request;
  request->thinking_time = kThinkingTime;
  request->headers.add("x-amz-copy-source", copy_source(details.source_bucket, details.source_key));
  if (!details.source_token.empty()) {
    const Status pinned = add_if_match(*request, "x-amz-copy-source-if-match", details.source_token, Quotes::with);
    if (!pinned) return pinned.error();
  }
  if (details.attributes != nullptr) {
    request->headers.add("x-amz-metadata-directive", "REPLACE");
    add_object_headers(request->headers, details.attributes->content, details.attributes->metadata, {});
    if (!details.expires.empty()) request->headers.add("expires", std::string(details.expires));
  }
  if (!details.redirect.empty()) request->headers.add(std::string(kRedirect), std::string(details.redirect));
  if (!details.storage_class.empty()) request->headers.add("x-amz-storage-class", std::string(details.storage_class));
  const Honoured honoured = {.absent = !quirks.copy_if_absent.empty(),
                             .match = !quirks.copy_if_match.empty(),
                             .absent_header = quirks.copy_if_absent,
                             .match_header = quirks.copy_if_match};
  if (auto status = add_write_condition(*request, details.condition, honoured); !status) return status.error();
  request->doubts_503 = static_cast<bool>(details.condition);
  return request;
}

Result<CopyReply> parse_copy(const http::Response& response) {
  const auto document = codec::XmlDocument::parse(response.body);
  if (!document) return document.error();
  const codec::XmlNode root = document->root();
  CopyReply reply;
  reply.token = token_of_etag(core::trim(root.child("ETag").text()));
  reply.version_id = response.headers.get("x-amz-version-id");
  const auto modified = core::parse_rfc3339(core::trim(root.child("LastModified").text()));
  if (root.name() != "CopyObjectResult" || reply.token.empty() || !modified) {
    Error error = unexpected_reply("the reply to the copy has no CopyObjectResult with ETag and LastModified");
    error.may_have_happened = true;
    return error;
  }
  reply.modified = *modified;
  return reply;
}

Result<http::Request> presign_request(const Target& target, std::string_view key, const PresignOptions& options) {
  auto request = [&] {
    switch (options.method) {
      case PresignMethod::put: return object_request(http::Method::put, target, key);
      case PresignMethod::head: return object_request(http::Method::head, target, key);
      case PresignMethod::remove: return object_request(http::Method::remove, target, key);
      case PresignMethod::get: break;
    }
    return object_request(http::Method::get, target, key);
  }();
  if (!request) return request;
  add_object_headers(request->headers, {.type = options.content_type}, {}, {});
  add_response_headers(request->query, options.response);
  if (!options.version_id.empty()) request->query.emplace_back("versionId", options.version_id);
  return request;
}

}  // namespace cloudkit::inline v0::aws::s3

#include "aws/s3/protocol_objects.h"

#include "aws/s3/errors.h"
#include "aws/s3/object_headers.h"
#include "aws/s3/payload.h"
#include "aws/s3/ranges.h"
#include "codec/xml.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/time.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::aws::s3 {
namespace {

using Kind = Condition::Kind;

// An empty key would make it a request about the bucket: DELETE above all.
Result<http::Request> object_request(http::Method method, const Target& target, std::string_view key) {
  if (key.empty()) return core::invalid_argument("the key is empty");
  http::Request request;
  request.method = method;
  request.scheme = target.scheme;
  request.host = target.host;
  request.path = fmt::format("{}/{}", target.path, key);
  return request;
}

Error not_honoured(std::string_view what) {
  return core::unsupported(fmt::format("this server does not honour {}", what),
                           "S3Options::server says which server it is; conditions are never dropped");
}

Status add_if_match(http::Request& request, std::string_view header, std::string_view token, Quotes quotes) {
  auto etag = etag_of_token(token, quotes);
  if (!etag) return std::move(etag).error();
  request.headers.add(std::string(header), *std::move(etag));
  return {};
}

// What must not be there yet, or must still be the same: for put and copy. A request with a
// condition is not repeated blindly: it could meet its own success and call it a failure.
Status add_write_condition(http::Request& request, const Condition& condition, bool absent_honoured,
                           bool match_honoured, Quotes quotes, std::string_view absent_header = "if-none-match") {
  switch (condition.kind()) {
    case Kind::none: return {};
    case Kind::absent:
      if (!absent_honoured) return not_honoured("Condition::absent here");
      request.idempotent = false;
      request.headers.add(std::string(absent_header), "*");
      return {};
    case Kind::match:
      if (!match_honoured) return not_honoured("Condition::match here");
      request.idempotent = false;
      return add_if_match(request, "if-match", condition.token(), quotes);
    case Kind::not_match: break;
  }
  return core::invalid_argument("Condition::not_match is for get");
}

Status add_read_condition(http::Request& request, const Condition& condition) {
  switch (condition.kind()) {
    case Kind::none: return {};
    case Kind::match: return add_if_match(request, "if-match", condition.token(), Quotes::with);
    case Kind::not_match: return add_if_match(request, "if-none-match", condition.token(), Quotes::with);
    case Kind::absent: break;
  }
  return core::invalid_argument("Condition::absent is for put and copy");
}

// The request, or the error of the step that completed it.
Result<http::Request> complete(Result<http::Request> request, const Status& status) {
  if (!status) return status.error();
  return request;
}

}  // namespace

Result<http::Request> put_request(const Target& target, std::string_view key, const Source& source,
                                  const PutOptions& options, const Quirks& quirks) {
  auto request = object_request(http::Method::put, target, key);
  if (!request) return request;
  add_object_headers(request->headers, options.content, options.metadata, options.storage_class);
  if (const auto bytes = source.contiguous()) {
    request->body = *bytes;
    if (quirks.crc32c_header) request->headers.add("x-amz-checksum-crc32c", crc32c_header(bytes->view()));
  } else {
    request->source = &source;
  }
  const Status conditional = add_write_condition(*request, options.condition, quirks.put_if_absent, quirks.put_if_match,
                                                 quirks.bare_tag_on_put ? Quotes::without : Quotes::with);
  return complete(std::move(request), conditional);
}

Result<ObjectInfo> parse_put(std::string_view key, std::uint64_t size, const http::Response& response) {
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
  return info;
}

Result<http::Request> get_request(const Target& target, std::string_view key, const GetOptions& options,
                                  const Quirks& quirks) {
  auto request = object_request(http::Method::get, target, key);
  if (!request) return request;
  if (options.condition && !quirks.conditional_get) return not_honoured("conditions on get");
  std::string range = range_header(options.range);
  // Checksums are of whole objects.
  if (range.empty() && quirks.crc32c_header) request->headers.add("x-amz-checksum-mode", "ENABLED");
  if (!range.empty()) request->headers.add("range", std::move(range));
  if (!options.version_id.empty()) request->query.emplace_back("versionId", options.version_id);
  const Status conditional = add_read_condition(*request, options.condition);
  return complete(std::move(request), conditional);
}

Result<GetHead> parse_get(std::string_view key, const std::optional<ByteRange>& range, const http::Response& response) {
  const auto extent = extent_of_reply(range, response);
  if (!extent) return extent.error();
  auto info = read_object_headers(key, response);
  if (!info) return std::move(info).error();
  info->size = extent->total;
  return GetHead{*std::move(info), extent->offset, extent->length};
}

Result<http::Request> head_request(const Target& target, std::string_view key, const HeadOptions& options,
                                   const Condition& condition) {
  auto request = object_request(http::Method::head, target, key);
  if (!request) return request;
  if (!options.version_id.empty()) request->query.emplace_back("versionId", options.version_id);
  const Status conditional = add_read_condition(*request, condition);
  return complete(std::move(request), conditional);
}

Result<ObjectInfo> parse_head(std::string_view key, const http::Response& response) {
  const auto size = core::parse_u64(response.headers.get("content-length"));
  if (!size) return unexpected_reply("the reply does not say how long the object is");
  auto info = read_object_headers(key, response);
  if (info) info->size = *size;
  return info;
}

Result<http::Request> remove_request(const Target& target, std::string_view key, const Condition& condition,
                                     const Quirks& quirks) {
  auto request = object_request(http::Method::remove, target, key);
  if (!request || !condition) return request;
  if (condition.kind() != Kind::match) return core::invalid_argument("remove takes Condition::match only");
  const Status conditional = add_write_condition(*request, condition, false, quirks.remove_if_match, Quotes::with);
  return complete(std::move(request), conditional);
}

Result<http::Request> copy_request(const Target& target, std::string_view key, const CopyDetails& details,
                                   const Quirks& quirks) {
  auto request = object_request(http::Method::put, target, key);
  if (!request) return request;
  request->headers.add("x-amz-copy-source", fmt::format("{}/{}", details.source_bucket,
                                                        core::percent_encode(details.source_key, core::Slash::keep)));
  if (!details.source_token.empty()) {
    const Status pinned = add_if_match(*request, "x-amz-copy-source-if-match", details.source_token, Quotes::with);
    if (!pinned) return pinned.error();
  }
  if (details.attributes != nullptr) {
    request->headers.add("x-amz-metadata-directive", "REPLACE");
    add_object_headers(request->headers, details.attributes->content, details.attributes->metadata, {});
  }
  const Status conditional = add_write_condition(*request, details.condition, !quirks.copy_if_absent.empty(), false,
                                                 Quotes::with, quirks.copy_if_absent);
  return complete(std::move(request), conditional);
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
  if (request) add_object_headers(request->headers, {.type = options.content_type}, {}, {});
  return request;
}

}  // namespace cloudkit::inline v0::aws::s3

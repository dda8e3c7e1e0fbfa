#include "gcp/gcs/protocol_objects.h"

#include "core/fail.h"
#include "gcp/gcs/errors.h"
#include "http/content_range.h"
#include "http/object/ranges.h"
#include "http/object/replies.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::gcp::gcs {
namespace {

constexpr http::ObjectReplies kReplies = {read_object_headers, unexpected_reply};

Error no_such_token() {
  return core::fail(ErrorCode::precondition_failed, "no object of this store has such a token",
                    "conditions take ObjectInfo::token as it is");
}

void set_json_body(http::Request& request, std::string_view body) {
  request.headers.add("content-type", "application/json");
  request.body = Bytes(body.data(), body.size());
}

void write_member(codec::JsonWriter& json, std::string_view name, const std::string& value) {
  json.name(name);
  if (value.empty()) {
    json.null();
  } else {
    json.string(value);
  }
}

// Of an object with "Content-Encoding: gzip" the service may send the bytes as they are stored, in chunks without a
// Content-Length; it does from some 8 MiB on. https://github.com/apache/arrow-rs-object-store/issues/774
// What it would unpack has other bytes than are stored, and no Content-Encoding.
// https://cloud.google.com/storage/docs/xml-api/reference-headers#xgoogstoredcontentlength
std::string length_of_chunked(const http::Response& response) {
  const http::Headers& headers = response.headers;
  const bool as_stored =
      headers.get("content-encoding") == "gzip" && headers.get("x-goog-stored-content-encoding") == "gzip";
  if (headers.contains("content-length") || !as_stored) return {};
  if (response.status == 200) return std::string(headers.get("x-goog-stored-content-length"));
  const auto range = http::parse_content_range(headers.get("content-range"));
  return response.status == 206 && range && range->span ? fmt::to_string(range->span->length()) : std::string();
}

}  // namespace

Result<http::Request> get_request(const Target& target, std::string_view bucket, std::string_view key,
                                  const GetOptions& options) {
  auto request = media_request(target, bucket, key);
  if (!request) return request;
  if (auto valid = check_version(options.version_id); !valid) return std::move(valid).error();
  if (!options.version_id.empty()) request->query.emplace_back("generation", options.version_id);
  if (std::string range = http::range_header(options.range); !range.empty()) {
    request->headers.add("range", std::move(range));
  }
  switch (options.condition.kind()) {
    case Condition::Kind::none:
    // The XML API has no such header: the driver asks the JSON API first.
    case Condition::Kind::not_match: break;
    case Condition::Kind::match:
      if (!is_generation(options.condition.token())) return no_such_token();
      request->headers.add("x-goog-if-generation-match", options.condition.token());
      break;
    case Condition::Kind::absent: return core::invalid_argument("Condition::absent is for put and copy");
  }
  return request;
}

Result<http::GetHead> parse_get(std::string_view key, const std::optional<ByteRange>& range,
                                const http::Response& response) {
  const std::string length = length_of_chunked(response);
  if (length.empty()) return http::parse_get(kReplies, key, range, response);
  http::Response with_length = response;
  with_length.headers.add("content-length", length);
  return http::parse_get(kReplies, key, range, with_length);
}

Result<http::Request> head_request(const Target& target, std::string_view bucket, std::string_view key,
                                   std::string_view version_id, const Condition& condition) {
  auto request = object_request(http::Method::get, target, bucket, key);
  if (!request) return request;
  if (auto valid = check_version(version_id); !valid) return std::move(valid).error();
  if (!version_id.empty()) request->query.emplace_back("generation", version_id);
  if (!condition) return request;
  const bool match = condition.kind() == Condition::Kind::match;
  if (!is_generation(condition.token())) return match ? Result<http::Request>(no_such_token()) : request;
  request->query.emplace_back(match ? "ifGenerationMatch" : "ifGenerationNotMatch", condition.token());
  return request;
}

Result<http::Request> remove_request(const Target& target, std::string_view bucket, std::string_view key,
                                     const Condition& condition) {
  auto request = object_request(http::Method::remove, target, bucket, key);
  if (!request || !condition) return request;
  if (condition.kind() != Condition::Kind::match) return core::invalid_argument("remove takes Condition::match only");
  if (auto added = add_write_condition(*request, condition); !added) return std::move(added).error();
  // A generation never comes back: the second of two removals finds it gone, and nothing else is removed.
  request->idempotent = request->doubts_503 = true;
  return request;
}

Result<http::Request> remove_version_request(const Target& target, std::string_view bucket, std::string_view key,
                                             std::string_view version_id) {
  if (version_id.empty()) return core::invalid_argument("the version is empty");
  if (auto valid = check_version(version_id); !valid) return std::move(valid).error();
  auto request = object_request(http::Method::remove, target, bucket, key);
  if (request) request->query.emplace_back("generation", version_id);
  return request;
}

Result<http::Request> rewrite_request(const Target& target, std::string_view bucket, std::string_view key,
                                      const RewriteDetails& details) {
  for (const std::string_view name : {details.source_key, key}) {
    if (auto valid = check_key(name); !valid) return std::move(valid).error();
  }
  // Both names are whole segments: "/b/BUCKET/o/KEY/rewriteTo/b/BUCKET/o/KEY".
  const std::string destination = object_path(bucket, key).substr(std::string_view("/storage/v1").size());
  auto request = document_request(
      http::Method::post, target,
      fmt::format("{}/rewriteTo{}", object_path(details.source_bucket, details.source_key), destination));
  request.thinking_time = kThinkingTime;
  request.query.emplace_back("fields", fmt::format("done,rewriteToken,resource({})", kObjectFields));
  if (!details.rewrite_token.empty()) request.query.emplace_back("rewriteToken", details.rewrite_token);
  if (auto valid = check_version(details.source_version); !valid) return std::move(valid).error();
  if (!details.source_version.empty()) request.query.emplace_back("sourceGeneration", details.source_version);
  if (!details.source_token.empty()) request.query.emplace_back("ifSourceGenerationMatch", details.source_token);
  if (auto added = add_write_condition(request, details.condition); !added) return std::move(added).error();
  // Under its condition it may be made again; what it then meets may be its own work, and the driver says so.
  request.idempotent = true;
  request.doubts_503 = static_cast<bool>(details.condition) || !details.source_token.empty();
  if (!details.body.empty()) set_json_body(request, details.body);
  return request;
}

Result<RewriteReply> parse_rewrite(const http::Response& response) {
  const auto document = parse_document(response);
  if (!document) return document.error();
  RewriteReply reply;
  if (document->find("done").as_bool().value_or(false)) {
    auto copied = read_object(document->find("resource"));
    if (!copied) {
      Error error = std::move(copied).error();
      error.may_have_happened = true;
      return error;
    }
    reply.info = std::move(copied->info);
    return reply;
  }
  reply.rewrite_token = document->find("rewriteToken").as_string().value_or("");
  if (reply.rewrite_token.empty())
    return unexpected_reply("the copy is not done, but the reply does not say how it goes on");
  return reply;
}

Result<std::string> patch_body(const ObjectResource& now, const SetMetadataOptions& options) {
  codec::JsonWriter json;
  json.begin_object();
  if (const auto& content = options.content) {
    write_member(json, "contentType", content->type);
    write_member(json, "cacheControl", content->cache_control);
    write_member(json, "contentEncoding", content->encoding);
    write_member(json, "contentDisposition", content->disposition);
    write_member(json, "contentLanguage", content->language);
  }
  if (const auto& metadata = options.metadata) {
    json.name("metadata").begin_object();
    for (const auto& [name, value] : now.stored_metadata) {
      if (metadata->find(name) == metadata->end()) json.name(name).null();
    }
    for (const auto& [name, value] : *metadata) json.name(name).string(value);
    json.end_object();
  }
  return json.end_object().finish();
}

Result<http::Request> patch_request(const Target& target, std::string_view bucket, std::string_view key,
                                    const ObjectResource& now, std::string_view body) {
  auto request = object_request(http::Method::patch, target, bucket, key);
  if (!request) return request;
  request->query.emplace_back("ifGenerationMatch", now.info.token);
  request->query.emplace_back("ifMetagenerationMatch", now.metageneration);
  // As of a rewrite.
  request->idempotent = request->doubts_503 = true;
  set_json_body(*request, body);
  return request;
}

}  // namespace cloudkit::inline v0::gcp::gcs

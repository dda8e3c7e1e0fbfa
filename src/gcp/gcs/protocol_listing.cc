#include "gcp/gcs/protocol_listing.h"

#include "core/encode.h"
#include "core/fail.h"
#include "core/list_pager.h"
#include "gcp/gcs/errors.h"
#include "gcp/gcs/object_resource.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::gcp::gcs {
namespace {

using codec::JsonValue;

// Never by count: a page without any key may not be the last, and neither may a full one.
Result<std::string> next_token(const JsonValue& document, const std::string& current) {
  std::string next(document.find("nextPageToken").as_string().value_or(""));
  if (!next.empty() && next == current) return unexpected_reply("the listing goes on where it already was");
  return next;
}

Result<VersionEntry> read_version(const JsonValue& item) {
  auto object = read_object(item);
  if (!object) return std::move(object).error();
  ObjectInfo& info = object->info;
  VersionEntry entry;
  entry.key = std::move(info.key);
  entry.version_id = std::move(info.version_id);
  // What was replaced or removed has the time of that.
  entry.is_latest = !item.contains("timeDeleted");
  entry.size = info.size;
  entry.modified = info.modified;
  entry.token = std::move(info.token);
  entry.storage_class = std::move(info.storage_class);
  return entry;
}

}  // namespace

http::Request list_request(const Target& target, std::string_view bucket, const ListPageRequest& page) {
  http::Request request = document_request(http::Method::get, target, fmt::format("{}/o", bucket_path(bucket)));
  request.query.emplace_back("maxResults", fmt::to_string(page.page_size));
  request.query.emplace_back("fields", "items(name,generation,size,updated,storageClass),prefixes,nextPageToken");
  if (!page.prefix.empty()) request.query.emplace_back("prefix", page.prefix);
  if (!page.delimiter.empty()) request.query.emplace_back("delimiter", page.delimiter);
  // Inclusive: the reply's reader leaves that one out.
  if (!page.start_after.empty()) request.query.emplace_back("startOffset", page.start_after);
  if (!page.page_token.empty()) request.query.emplace_back("pageToken", page.page_token);
  return request;
}

Result<ListPage> parse_list(const ListPageRequest& page, const http::Response& response) {
  const auto document = parse_document(response);
  if (!document) return document.error();
  ListPage result;
  for (const JsonValue& item : document->find("items").items()) {
    auto object = read_object(item);
    if (!object) return std::move(object).error();
    ObjectInfo& info = object->info;
    if (!page.start_after.empty() && info.key <= page.start_after) continue;
    result.entries.push_back(
        {std::move(info.key), false, info.size, info.modified, std::move(info.token), std::move(info.storage_class)});
  }
  for (const JsonValue& item : document->find("prefixes").items()) {
    const auto prefix = item.as_string();
    if (!prefix || prefix->empty()) return unexpected_reply("the listing has an empty common prefix");
    ListEntry entry;
    entry.key = *prefix;
    entry.is_prefix = true;
    result.entries.push_back(std::move(entry));
  }
  core::sort_by_key(result.entries);
  auto next = next_token(*document, page.page_token);
  if (!next) return std::move(next).error();
  result.next_page_token = *std::move(next);
  return result;
}

http::Request list_versions_request(const Target& target, std::string_view bucket, const ListVersionsRequest& page,
                                    std::string_view service_token) {
  http::Request request = document_request(http::Method::get, target, fmt::format("{}/o", bucket_path(bucket)));
  request.query.emplace_back("versions", "true");
  // All that a page may have, so that few keys have versions on two of them.
  request.query.emplace_back("maxResults", "1000");
  request.query.emplace_back("fields", "items(name,generation,size,updated,storageClass,timeDeleted),nextPageToken");
  if (!page.prefix.empty()) request.query.emplace_back("prefix", page.prefix);
  if (!page.page_token.empty()) request.query.emplace_back("startOffset", page.page_token);
  if (!service_token.empty()) request.query.emplace_back("pageToken", service_token);
  return request;
}

Result<VersionPage> parse_list_versions(std::string_view service_token, const http::Response& response) {
  const auto document = parse_document(response);
  if (!document) return document.error();
  VersionPage result;
  for (const JsonValue& item : document->find("items").items()) {
    auto entry = read_version(item);
    if (!entry) return std::move(entry).error();
    result.entries.push_back(*std::move(entry));
  }
  auto next = next_token(*document, std::string(service_token));
  if (!next) return std::move(next).error();
  result.next_page_token = *std::move(next);
  return result;
}

bool is_newer(const VersionEntry& a, const VersionEntry& b) {
  return core::parse_u64(a.version_id).value_or(0) > core::parse_u64(b.version_id).value_or(0);
}

}  // namespace cloudkit::inline v0::gcp::gcs

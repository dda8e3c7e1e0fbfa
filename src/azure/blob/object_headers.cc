#include "azure/blob/object_headers.h"

#include "azure/blob/errors.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/form.h"
#include "core/time.h"
#include "http/object/attributes.h"
#include "http/object/etag.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::azure::blob {
namespace {

constexpr std::string_view kMetaPrefix = "x-ms-meta-";

}  // namespace

void add_content_headers(http::Headers& headers, const ContentHeaders& content) {
  const std::pair<std::string_view, std::string_view> fields[] = {
      {"x-ms-blob-content-type", content.type},         {"x-ms-blob-cache-control", content.cache_control},
      {"x-ms-blob-content-encoding", content.encoding}, {"x-ms-blob-content-disposition", content.disposition},
      {"x-ms-blob-content-language", content.language},
  };
  for (const auto& [name, value] : fields) {
    if (!value.empty()) headers.add(std::string(name), std::string(value));
  }
}

void add_metadata(http::Headers& headers, const Metadata& metadata) {
  for (const auto& [name, value] : metadata) headers.add(std::string(kMetaPrefix) + name, value);
}

void add_tier(http::Headers& headers, std::string_view storage_class) {
  if (!storage_class.empty()) headers.add("x-ms-access-tier", std::string(storage_class));
}

void add_tags(http::Headers& headers, const Tags& tags) {
  if (!tags.empty()) headers.add("x-ms-tags", core::write_form({tags.begin(), tags.end()}));
}

std::string storage_class_of(std::string_view tier, std::string_view inferred) {
  return core::equals_ignoring_case(inferred, "true") ? std::string() : std::string(tier);
}

Result<ObjectInfo> read_object_headers(std::string_view key, const http::Response& response) {
  const http::Headers& headers = response.headers;
  // As long as the copy goes on the blob tells the size that it will have, and holds some of the bytes.
  if (headers.get("x-ms-copy-status") == "pending") {
    Error error = core::fail(ErrorCode::conflict, "a copy to it is under way", "wait for its end, or abort it");
    error.retryable = true;
    return error;
  }
  // Accounts with directories answer for one as for an empty object. Listings show none.
  // https://learn.microsoft.com/azure/storage/blobs/data-lake-storage-namespace
  if (core::equals_ignoring_case(headers.get("x-ms-resource-type"), "directory")) {
    Error error = core::fail(ErrorCode::not_found, "there is a directory of that name, and no object");
    error.service_code = "BlobNotFound";
    return error;
  }
  ObjectInfo info;
  info.key = key;
  info.etag = http::token_of_etag(headers.get("etag"));
  if (info.etag.empty()) return unexpected_reply("the reply has no ETag");
  info.token = info.etag;
  if (const std::string* modified = headers.find("last-modified")) {
    const auto time = core::parse_http_date(*modified);
    if (!time) {
      return unexpected_reply(fmt::format("Last-Modified is \"{}\"", core::printable_excerpt(*modified, 80)));
    }
    info.modified = *time;
  }
  http::read_attributes(headers, kMetaPrefix, info);
  info.version_id = headers.get("x-ms-version-id");
  info.storage_class = storage_class_of(headers.get("x-ms-access-tier"), headers.get("x-ms-access-tier-inferred"));
  return info;
}

Result<ObjectInfo> read_written(std::string_view key, std::uint64_t size, const http::Response& response) {
  auto info = read_object_headers(key, response);
  if (!info) {
    Error error = std::move(info).error();
    error.may_have_happened = true;
    return error;
  }
  info->size = size;
  info->content = {};  // Of the reply, which has no body of the blob.
  return info;
}

}  // namespace cloudkit::inline v0::azure::blob

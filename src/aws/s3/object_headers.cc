#include "aws/s3/object_headers.h"

#include "aws/s3/errors.h"
#include "aws/s3/quirks.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/time.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::aws::s3 {
namespace {

constexpr std::string_view kMetaPrefix = "x-amz-meta-";

bool is_printable_ascii(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == '\t' || (c >= 0x20 && c <= 0x7E); });
}

Status check_value(std::string_view what, std::string_view value) {
  if (!is_printable_ascii(value)) {
    return core::invalid_argument(fmt::format("the value of {} is not printable ASCII", what),
                                  "encode it, for example with percent encoding");
  }
  if (core::trim(value).size() != value.size()) {
    return core::invalid_argument(fmt::format("the value of {} begins or ends with a space", what),
                                  "HTTP does not keep spaces at the ends of a value");
  }
  return {};
}

Status add_if_set(http::Headers& headers, std::string_view name, const std::string& value) {
  if (value.empty()) return {};
  if (auto valid = check_value(name, value); !valid) return valid;
  headers.add(std::string(name), value);
  return {};
}

Status add_metadata(http::Headers& headers, const Metadata& metadata) {
  std::size_t size = 0;
  for (const auto& [name, value] : metadata) {
    if (!core::is_http_token(name)) {
      return core::invalid_argument(fmt::format("\"{}\" cannot be a metadata name", core::printable_excerpt(name, 80)),
                                    "a name has ASCII letters, digits, '-' and '_'");
    }
    if (auto valid = check_value(fmt::format("metadata \"{}\"", core::printable_excerpt(name, 80)), value); !valid) {
      return valid;
    }
    const std::string header = std::string(kMetaPrefix) + core::to_lower(name);
    if (headers.contains(header)) {
      return core::invalid_argument(fmt::format("the metadata \"{}\" is given twice", core::to_lower(name)),
                                    "names differ in more than case");
    }
    size += name.size() + value.size();
    headers.add(header, value);
  }
  if (size > kMaxMetadataSize) {
    return core::invalid_argument(fmt::format("the metadata has {} bytes, more than {}", size, kMaxMetadataSize));
  }
  return {};
}

}  // namespace

Status add_object_headers(http::Headers& headers, const ContentHeaders& content, const Metadata& metadata,
                          std::string_view storage_class) {
  const std::pair<std::string_view, std::string> fields[] = {
      {"content-type", content.type},         {"cache-control", content.cache_control},
      {"content-encoding", content.encoding}, {"content-disposition", content.disposition},
      {"content-language", content.language}, {"x-amz-storage-class", std::string(storage_class)},
  };
  for (const auto& [name, value] : fields) {
    if (auto added = add_if_set(headers, name, value); !added) return added;
  }
  return add_metadata(headers, metadata);
}

std::string token_of_etag(std::string_view etag) {
  const bool quoted = etag.size() >= 2 && etag.starts_with('"') && etag.ends_with('"');
  return std::string(quoted ? etag.substr(1, etag.size() - 2) : etag);
}

Result<std::string> etag_of_token(std::string_view token, Quotes quotes) {
  // "*" without quotes would match every object.
  if (token.empty() || token == "*" || token.find('"') != std::string_view::npos || !is_printable_ascii(token)) {
    return core::invalid_argument(
        fmt::format("\"{}\" is not a token of this store", core::printable_excerpt(token, 80)),
        "conditions take ObjectInfo::token as it is");
  }
  return quotes == Quotes::with ? fmt::format("\"{}\"", token) : std::string(token);
}

std::string storage_class_of(std::string_view name) { return name == "STANDARD" ? std::string() : std::string(name); }

Result<ObjectInfo> read_object_headers(std::string_view key, const http::Response& response) {
  const http::Headers& headers = response.headers;
  ObjectInfo info;
  info.key = key;
  info.etag = token_of_etag(headers.get("etag"));
  if (info.etag.empty()) return unexpected_reply("the reply has no ETag");
  info.token = info.etag;
  if (const std::string* modified = headers.find("last-modified")) {
    const auto time = core::parse_http_date(*modified);
    if (!time) {
      return unexpected_reply(fmt::format("Last-Modified is \"{}\"", core::printable_excerpt(*modified, 80)));
    }
    info.modified = *time;
  }
  info.content.type = headers.get("content-type");
  info.content.cache_control = headers.get("cache-control");
  info.content.encoding = headers.get("content-encoding");
  info.content.disposition = headers.get("content-disposition");
  info.content.language = headers.get("content-language");
  info.version_id = headers.get("x-amz-version-id");
  info.storage_class = storage_class_of(headers.get("x-amz-storage-class"));
  for (const http::Header& header : headers) {
    const std::string_view name = header.name;
    if (!core::equals_ignoring_case(name.substr(0, kMetaPrefix.size()), kMetaPrefix)) continue;
    info.metadata.emplace(core::to_lower(name.substr(kMetaPrefix.size())), header.value);
  }
  return info;
}

}  // namespace cloudkit::inline v0::aws::s3

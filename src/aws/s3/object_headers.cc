#include "aws/s3/object_headers.h"

#include "aws/s3/errors.h"
#include "aws/s3/payload.h"
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

}  // namespace

void add_object_headers(http::Headers& headers, const ContentHeaders& content, const Metadata& metadata,
                        std::string_view storage_class) {
  const std::pair<std::string_view, std::string_view> fields[] = {
      {"content-type", content.type},         {"cache-control", content.cache_control},
      {"content-encoding", content.encoding}, {"content-disposition", content.disposition},
      {"content-language", content.language}, {"x-amz-storage-class", storage_class},
  };
  for (const auto& [name, value] : fields) {
    if (!value.empty()) headers.add(std::string(name), std::string(value));
  }
  for (const auto& [name, value] : metadata) headers.add(std::string(kMetaPrefix) + name, value);
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
  auto checksum = read_checksum(headers);
  if (!checksum) return std::move(checksum).error();
  info.checksum = *checksum;
  info.content.type = headers.get("content-type");
  info.content.cache_control = headers.get("cache-control");
  info.content.encoding = headers.get("content-encoding");
  info.content.disposition = headers.get("content-disposition");
  info.content.language = headers.get("content-language");
  info.version_id = headers.get("x-amz-version-id");
  info.storage_class = storage_class_of(headers.get("x-amz-storage-class"));
  for (const http::Header& header : headers) {
    const std::string name = core::to_lower(header.name);
    if (name.starts_with(kMetaPrefix)) info.metadata.emplace(name.substr(kMetaPrefix.size()), header.value);
  }
  return info;
}

}  // namespace cloudkit::inline v0::aws::s3

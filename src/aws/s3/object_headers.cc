#include "aws/s3/object_headers.h"

#include "aws/s3/errors.h"
#include "aws/s3/payload.h"
#include "aws/s3/quirks.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/form.h"
#include "core/time.h"
#include "http/object/attributes.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::aws::s3 {
namespace {

constexpr std::string_view kMetaPrefix = "x-amz-meta-";

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

void add_tags(http::Headers& headers, const Tags& tags) {
  if (!tags.empty()) headers.add("x-amz-tagging", core::write_form({tags.begin(), tags.end()}));
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
  http::read_attributes(headers, kMetaPrefix, info);
  info.version_id = headers.get("x-amz-version-id");
  info.storage_class = storage_class_of(headers.get("x-amz-storage-class"));
  return info;
}

}  // namespace cloudkit::inline v0::aws::s3

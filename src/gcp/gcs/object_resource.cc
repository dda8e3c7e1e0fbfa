#include "gcp/gcs/object_resource.h"

#include "core/encode.h"
#include "core/time.h"
#include "gcp/gcs/errors.h"
#include "gcp/gcs/request.h"
#include "http/object/attributes.h"
#include "http/object/checksum.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::gcp::gcs {
namespace {

using codec::JsonValue;
using Algorithm = Checksum::Algorithm;

constexpr codec::JsonLimits kLimits = {.max_size = std::size_t{16} << 20, .max_depth = 32, .max_values = 1'000'000};
constexpr std::string_view kMetaPrefix = "x-goog-meta-";

std::string text_of(const JsonValue& object, std::string_view name) {
  return std::string(object.find(name).as_string().value_or(""));
}

Error bad_field(std::string_view name, std::string_view text, std::string_view of) {
  return unexpected_reply(
      fmt::format("{} of \"{}\" is \"{}\"", name, core::printable_excerpt(of, 200), core::printable_excerpt(text, 80)));
}

Result<Checksum> read_crc32c(std::string_view text, std::string_view key) {
  if (text.empty()) return Checksum{};
  const auto value = http::checksum_of_header(text, Algorithm::crc32c);
  if (!value) return bad_field("crc32c", text, key);
  return Checksum{Algorithm::crc32c, *value};
}

// "crc32c=n03x6A==,md5=Ojk9c3dhfxgoKVVHYwFbHQ==", perhaps in two headers.
std::string_view crc32c_in(const http::Headers& headers) noexcept {
  constexpr std::string_view kName = "crc32c=";
  for (const http::Header& header : headers) {
    if (!core::equals_ignoring_case(header.name, "x-goog-hash")) continue;
    const std::string_view value = header.value;
    const std::size_t at = value.find(kName);
    if (at == std::string_view::npos) continue;
    return core::trim(value.substr(at + kName.size(), value.find(',', at) - at - kName.size()));
  }
  return {};
}

// What the service says where nothing was set. Of objects that everybody may read it says "public, max-age=3600", which
// many programs set: that stays, so that none of them loses it. https://cloud.google.com/storage/docs/caching
constexpr std::string_view kDefaultCacheControl = "private, max-age=0";

void write_content(codec::JsonWriter& json, const ContentHeaders& content) {
  const std::pair<std::string_view, std::string_view> fields[] = {{"contentType", content.type},
                                                                  {"cacheControl", content.cache_control},
                                                                  {"contentEncoding", content.encoding},
                                                                  {"contentDisposition", content.disposition},
                                                                  {"contentLanguage", content.language}};
  for (const auto& [name, value] : fields) {
    if (!value.empty()) json.name(name).string(value);
  }
}

}  // namespace

std::string storage_class_of(std::string_view name) { return name == "STANDARD" ? std::string() : std::string(name); }

Result<ObjectResource> read_object(const JsonValue& object) {
  ObjectResource resource;
  ObjectInfo& info = resource.info;
  info.key = text_of(object, "name");
  if (info.key.empty()) return unexpected_reply("the reply describes an object without a name");
  info.token = info.version_id = text_of(object, "generation");
  if (!is_generation(info.token)) return bad_field("generation", info.token, info.key);
  resource.metageneration = text_of(object, "metageneration");
  // Numbers of 64 bits are texts in this JSON.
  const std::string size = text_of(object, "size");
  const auto bytes = core::parse_u64(size);
  if (!bytes) return bad_field("size", size, info.key);
  info.size = *bytes;
  const std::string updated = text_of(object, "updated");
  if (!updated.empty()) {
    const auto time = core::parse_rfc3339(updated);
    if (!time) return bad_field("updated", updated, info.key);
    info.modified = *time;
  }
  auto checksum = read_crc32c(object.find("crc32c").as_string().value_or(""), info.key);
  if (!checksum) return std::move(checksum).error();
  info.checksum = *checksum;
  info.content = {text_of(object, "contentType"), text_of(object, "cacheControl"), text_of(object, "contentEncoding"),
                  text_of(object, "contentDisposition"), text_of(object, "contentLanguage")};
  info.storage_class = storage_class_of(text_of(object, "storageClass"));
  for (const codec::JsonMember& member : object.find("metadata").members()) {
    const std::string value(member.value.as_string().value_or(""));
    info.metadata.emplace(core::to_lower(member.name), value);
    resource.stored_metadata.emplace(member.name, value);
  }
  return resource;
}

Result<JsonValue> parse_document(const http::Response& response) {
  auto document = JsonValue::parse(response.body, kLimits);
  if (!document) return unexpected_reply(document.error().message);
  return document;
}

Result<ObjectResource> parse_object(const http::Response& response) {
  const auto document = parse_document(response);
  if (!document) return document.error();
  return read_object(*document);
}

Result<ObjectInfo> read_object_headers(std::string_view key, const http::Response& response) {
  const http::Headers& headers = response.headers;
  ObjectInfo info;
  info.key = key;
  info.token = info.version_id = headers.get("x-goog-generation");
  if (!is_generation(info.token)) return bad_field("x-goog-generation", info.token, key);
  if (const std::string* modified = headers.find("last-modified")) {
    const auto time = core::parse_http_date(*modified);
    if (!time) return bad_field("Last-Modified", *modified, key);
    info.modified = *time;
  }
  auto checksum = read_crc32c(crc32c_in(headers), key);
  if (!checksum) return std::move(checksum).error();
  info.checksum = *checksum;
  http::read_attributes(headers, kMetaPrefix, info);
  if (info.content.cache_control == kDefaultCacheControl) info.content.cache_control.clear();
  info.storage_class = storage_class_of(headers.get("x-goog-storage-class"));
  return info;
}

Result<std::string> attributes_json(const Attributes& attributes) {
  codec::JsonWriter json;
  json.begin_object();
  if (!attributes.name.empty()) json.name("name").string(attributes.name);
  if (attributes.content != nullptr) write_content(json, *attributes.content);
  if (attributes.metadata != nullptr && !attributes.metadata->empty()) {
    json.name("metadata").begin_object();
    for (const auto& [name, value] : *attributes.metadata) json.name(name).string(value);
    json.end_object();
  }
  if (!attributes.storage_class.empty()) json.name("storageClass").string(attributes.storage_class);
  if (!attributes.crc32c.empty()) json.name("crc32c").string(attributes.crc32c);
  return json.end_object().finish();
}

}  // namespace cloudkit::inline v0::gcp::gcs

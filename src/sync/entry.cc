#include "sync/entry.h"

#include "codec/json.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/time.h"
#include "sync/key_map.h"

#include <array>

namespace cloudkit::inline v0::syncing {
namespace {

using codec::JsonValue;
using codec::JsonWriter;
using Action = Entry::Action;

constexpr std::array<std::string_view, 6> kActions = {"fetch", "link", "refresh", "directory", "failed", "vanished"};

// No header's name can end so.
constexpr std::string_view kBase64 = ":base64";

// Files may be called by any bytes, services say what they like, and JSON is UTF-8.
void text(JsonWriter& json, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  if (core::is_valid_utf8(value)) {
    json.name(name).string(value);
    return;
  }
  const auto* const data = reinterpret_cast<const unsigned char*>(value.data());
  json.name(std::string(name).append(kBase64)).string(core::base64_encode({data, value.size()}));
}

// The texts of an object, however they are written.
class Texts {
 public:
  explicit Texts(const JsonValue& json) : json_(json) {
    for (const auto& member : json.members()) any_encoded_ = any_encoded_ || member.name.ends_with(kBase64);
  }
  std::string operator[](std::string_view name) const {
    if (const auto plain = json_.find(name).as_string()) return std::string(*plain);
    const auto encoded = any_encoded_ ? json_.find(std::string(name).append(kBase64)).as_string() : std::nullopt;
    return encoded ? core::base64_decode(*encoded).value_or("") : "";
  }

 private:
  const JsonValue& json_;
  bool any_encoded_ = false;
};

void write_content(JsonWriter& json, const ObjectInfo& info) {
  text(json, "content_type", info.content.type);
  text(json, "cache_control", info.content.cache_control);
  text(json, "content_encoding", info.content.encoding);
  text(json, "content_disposition", info.content.disposition);
  text(json, "content_language", info.content.language);
  text(json, "storage_class", info.storage_class);
  if (info.metadata.empty()) return;
  json.name("metadata").begin_object();
  for (const auto& [name, value] : info.metadata) {
    if (value.empty()) json.name(name).string("");
    text(json, name, value);
  }
  json.end_object();
}

void read_content(const JsonValue& json, const Texts& texts, ObjectInfo& info) {
  info.content.type = texts["content_type"];
  info.content.cache_control = texts["cache_control"];
  info.content.encoding = texts["content_encoding"];
  info.content.disposition = texts["content_disposition"];
  info.content.language = texts["content_language"];
  info.storage_class = texts["storage_class"];
  const JsonValue& metadata = json.find("metadata");
  const Texts values(metadata);
  for (const auto& member : metadata.members()) {
    std::string_view name = member.name;
    if (name.ends_with(kBase64)) name.remove_suffix(kBase64.size());
    info.metadata.emplace(name, values[name]);
  }
}

// An object without any is written, too: nobody has to ask for them again.
void write_tags(JsonWriter& json, const std::optional<Tags>& tags) {
  if (!tags) return;
  json.name("tags").begin_object();
  for (const auto& [name, value] : *tags) json.name(name).string(value);
  json.end_object();
}

std::string_view name_of_algorithm(Checksum::Algorithm algorithm) noexcept {
  return algorithm == Checksum::Algorithm::crc32c ? "crc32c" : "crc64nvme";
}

void write_checksum(JsonWriter& json, const Checksum& checksum) {
  if (checksum.algorithm == Checksum::Algorithm::none) return;
  json.name(name_of_algorithm(checksum.algorithm)).number(checksum.value);
}

Checksum read_checksum(const JsonValue& json) {
  for (const auto algorithm : {Checksum::Algorithm::crc32c, Checksum::Algorithm::crc64nvme}) {
    if (const auto value = json.find(name_of_algorithm(algorithm)).as_u64()) return {algorithm, *value};
  }
  return {};
}

bool is_sha256(std::string_view digits) {
  return digits.size() == 64 && digits.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Error bad_entry(std::string_view what) { return core::fail(ErrorCode::data_loss, "a line " + std::string(what)); }

}  // namespace

FileState state_of(const struct stat& state) noexcept {
  return {static_cast<std::uint64_t>(state.st_size),
          static_cast<std::int64_t>(state.st_mtim.tv_sec) * 1'000'000'000 + state.st_mtim.tv_nsec,
          static_cast<std::uint64_t>(state.st_ino)};
}

std::string to_line(const Entry& entry) {
  const ObjectInfo& info = entry.info;
  JsonWriter json;
  json.begin_object();
  text(json, "key", info.key);
  if (entry.path != info.key) text(json, "path", entry.path);
  json.name("action").string(kActions[static_cast<std::size_t>(entry.action)]);
  json.name("size").number(info.size);
  text(json, "token", info.token);
  text(json, "version_id", info.version_id);
  json.name("modified").string(core::format_rfc3339(info.modified));
  write_content(json, info);
  write_tags(json, entry.tags);
  write_checksum(json, info.checksum);
  text(json, "from", entry.from);
  if (!entry.sha256.empty()) {
    json.name("sha256").string(entry.sha256).name("verified").string(entry.verified ? "service" : "size");
    json.name("file")
        .begin_array()
        .number(entry.file.size)
        .number(entry.file.modified)
        .number(entry.file.inode)
        .end_array();
  }
  text(json, "stored", entry.stored);
  text(json, "error", entry.error);
  // Names of metadata are ASCII, and all else is made UTF-8.
  return json.end_object().finish().value_or("{}") + '\n';
}

Result<Entry> parse_entry(std::string_view line) {
  auto parsed = JsonValue::parse(line);
  if (!parsed) return bad_entry("is no JSON: " + parsed.error().message);
  const JsonValue& json = *parsed;
  const Texts texts(json);
  Entry entry;
  entry.info.key = texts["key"];
  entry.path = texts["path"];
  if (entry.path.empty()) entry.path = entry.info.key;
  if (entry.info.key.empty()) return bad_entry("has no key");
  const auto action = json.find("action").as_string().value_or("");
  std::size_t index = 0;
  while (index < kActions.size() && kActions[index] != action) ++index;
  if (index == kActions.size()) return bad_entry("has an unknown action");
  entry.action = static_cast<Action>(index);
  const auto size = json.find("size").as_u64();
  const auto modified = core::parse_rfc3339(json.find("modified").as_string().value_or(""));
  if (!size || !modified) return bad_entry("has no size or no time");
  entry.info.size = *size;
  entry.info.modified = *modified;
  entry.info.token = texts["token"];
  entry.info.version_id = texts["version_id"];
  read_content(json, texts, entry.info);
  const JsonValue& tags = json.find("tags");
  if (tags.is_object()) entry.tags.emplace();
  for (const auto& member : tags.members()) entry.tags->emplace(member.name, member.value.as_string().value_or(""));
  entry.info.checksum = read_checksum(json);
  entry.from = texts["from"];
  entry.stored = texts["stored"];
  entry.error = texts["error"];
  entry.sha256 = texts["sha256"];
  entry.verified = json.find("verified").as_string() == "service";
  const auto file = json.find("file").items();
  if (file.size() == 3) {
    entry.file = {file[0].as_u64().value_or(0), file[1].as_i64().value_or(0), file[2].as_u64().value_or(0)};
  }
  if (!entry.sha256.empty() && !is_sha256(entry.sha256)) return bad_entry("has no SHA-256 where one should be");
  if (!is_plain_path(entry.path) || (!entry.from.empty() && !is_plain_path(entry.from))) {
    return bad_entry("has a path that leads out of the snapshot");
  }
  return entry;
}

}  // namespace cloudkit::inline v0::syncing

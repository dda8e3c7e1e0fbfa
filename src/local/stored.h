#pragma once

#include "codec/json.h"
#include "core/time.h"

#include <cloudkit/result.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

/// Small files of JSON in directories that only we may read, and which programs share.
namespace cloudkit::inline v0::local {

inline constexpr std::string_view kJsonSuffix = ".json";
inline constexpr std::size_t kLargestRecord = std::size_t{64} << 20;

/// That nobody else can put a file there: a directory, no symbolic link to one, of this user's, which neither its group
/// nor others may write. Success also when nothing is there. Errors: `permission_denied`, `io`.
Status check_private_directory(const std::string& path);
/// Mode 0700; success also when it is there and private. Errors: `permission_denied`, `io`.
Status make_private_directory(const std::string& path);
/// With the directories above it, which need not be private.
Status make_private_root(const std::string& path);
/// Success also when it is gone.
Status remove_file(const std::string& path);
/// Of the files "NAME.json", their names. Sorted. Errors: `io`.
Result<std::vector<std::string>> stored_names(const std::string& directory);

/// What we wrote ourselves, so that what cannot be read was broken by others. Errors: `data_loss`, naming `what`.
Result<codec::JsonValue> parse_stored(std::string_view text, const char* what);

std::string text_at(const codec::JsonValue& json, std::string_view name);
int int_at(const codec::JsonValue& json, std::string_view name);
core::TimePoint time_at(const codec::JsonValue& json, std::string_view name);

void write_texts(codec::JsonWriter& json, std::string_view name, const auto& texts) {
  json.name(name).begin_object();
  for (const auto& [key, value] : texts) json.name(key).string(value);
  json.end_object();
}

template <class Texts = std::map<std::string, std::string>>
Texts texts_at(const codec::JsonValue& json, std::string_view name) {
  Texts texts;
  for (const codec::JsonMember& member : json.find(name).members()) {
    texts.emplace(member.name, member.value.as_string().value_or(""));
  }
  return texts;
}

}  // namespace cloudkit::inline v0::local

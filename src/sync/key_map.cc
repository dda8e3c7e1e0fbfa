#include "sync/key_map.h"

#include "core/beneath.h"
#include "core/encode.h"
#include "crypto/digest.h"

#include <algorithm>

namespace cloudkit::inline v0::syncing {
namespace {

// Of the 255 bytes that file systems take, some are for marks; eCryptfs takes 143.
constexpr std::size_t kMaxNameSize = 240;
constexpr std::string_view kHexDigits = "0123456789ABCDEF";

void append_escaped(std::string& out, char byte) {
  const auto value = static_cast<unsigned char>(byte);
  out += '%';
  out += kHexDigits[value >> 4];
  out += kHexDigits[value & 0xF];
}

bool is_escaped(char byte, Names names) noexcept {
  const auto value = static_cast<unsigned char>(byte);
  if (value < 0x20 || value == 0x7F || byte == '%' || byte == '\\') return true;
  if (names == Names::exact) return false;
  return value >= 0x80 || (byte >= 'A' && byte <= 'Z') || std::string_view("\"*:<>?|").find(byte) != std::string::npos;
}

// What Windows takes for a device, with any extension:
// https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file
bool is_device(std::string_view name) {
  name = name.substr(0, name.find('.'));
  if (name == "con" || name == "prn" || name == "aux" || name == "nul") return true;
  return name.size() == 4 && (name.starts_with("com") || name.starts_with("lpt")) && name[3] >= '0' && name[3] <= '9';
}

// A whole name, but for the mark at its end.
std::string finished(std::string name, Names names) {
  if (name == ".") return "%2E";
  if (name == "..") return "%2E%2E";
  if (names == Names::exact || name.empty()) return name;
  if (is_device(name)) {
    std::string escaped;
    append_escaped(escaped, name[0]);
    return escaped + name.substr(1);
  }
  if (const char last = name.back(); last == '.' || last == ' ') {
    name.pop_back();
    append_escaped(name, last);
  }
  return name;
}

// One segment of a key, as one name or more.
void append_segment(std::string& path, std::string_view segment, Names names, bool beside_object) {
  std::string name;
  if (segment.empty()) name = "%n";
  while (!segment.empty()) {
    std::string unit;
    const std::size_t size = core::character_size(segment);
    for (const char byte : segment.substr(0, size)) {
      if (is_escaped(byte, names)) {
        append_escaped(unit, byte);
      } else {
        unit += byte;
      }
    }
    if (name.size() + unit.size() > kMaxNameSize) {
      path += name + "%l/";
      name.clear();
    }
    name += unit;
    segment.remove_prefix(size);
  }
  path += finished(std::move(name), names);
  if (beside_object) path += "%t";
}

int hex_value(char digit) noexcept {
  const std::size_t at = kHexDigits.find(digit);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

// What one name says, without its marks. Nothing for one that is none of ours.
std::optional<std::string> decoded(std::string_view name) {
  if (name == "%n") return std::string();
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] != '%') {
      out += name[i];
      continue;
    }
    if (name.size() - i < 3) return std::nullopt;
    const int high = hex_value(name[i + 1]);
    const int low = hex_value(name[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  if (out.empty() || out.find('/') != std::string::npos) return std::nullopt;
  return out;
}

}  // namespace

bool KeyMap::is_object(std::string_view key) const noexcept {
  return std::any_of(objects_.begin(), objects_.end(), [&](const std::string& object) { return object == key; });
}

Place KeyMap::place_of(std::string_view key, std::uint64_t size) {
  // Between an object and what is below it come only keys that begin with it: what does not, ends it.
  while (!objects_.empty()) {
    const std::string& last = objects_.back();
    if (key.starts_with(last) && (key.size() == last.size() || key[last.size()] <= '/')) break;
    objects_.pop_back();
  }
  Place place;
  place.is_directory = size == 0 && key.ends_with('/');
  const std::string_view named = place.is_directory ? key.substr(0, key.size() - 1) : key;
  for (std::size_t begin = 0; begin <= named.size();) {
    const std::size_t end = std::min(named.find('/', begin), named.size());
    const bool directory = end < named.size() || place.is_directory;
    append_segment(place.path, named.substr(begin, end - begin), names_, directory && is_object(named.substr(0, end)));
    if (end < named.size()) place.path += '/';
    begin = end + 1;
  }
  if (place.path.size() > max_path_size_) place.path = "%h" + core::hex_encode(crypto::sha256(key));
  if (!place.is_directory && !is_object(key)) objects_.emplace_back(key);
  return place;
}

std::optional<std::string> key_of(const Place& place) {
  if (!is_plain_path(place.path)) return std::nullopt;
  std::string key;
  std::string_view rest = place.path;
  bool goes_on = false;
  bool first = true;
  while (!rest.empty()) {
    std::string_view name = core::take_segment(rest);
    if (!first && !goes_on) key += '/';
    first = false;
    goes_on = name.ends_with("%l");
    if (goes_on || name.ends_with("%t")) name.remove_suffix(2);
    const auto text = decoded(name);
    if (!text) return std::nullopt;
    key += *text;
  }
  if (place.is_directory) key += '/';
  if (goes_on || key.empty()) return std::nullopt;
  return key;
}

bool is_plain_path(std::string_view path) noexcept {
  if (path.empty() || path.find('\0') != std::string_view::npos) return false;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view name = path.substr(begin, end - begin);
    if (name.empty() || name == "." || name == "..") return false;
    begin = end + 1;
  }
  return true;
}

}  // namespace cloudkit::inline v0::syncing

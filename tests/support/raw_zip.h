#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Zips with stored entries, byte by byte: also such as no honest program makes.
namespace test {

struct RawEntry {
  std::string name;
  std::string contents;
  std::uint32_t mode = 0100644;  ///< With the file's type.
  unsigned system = 3;           ///< 3 is unix, 0 is DOS.
  unsigned flags = 0;            ///< 1: encrypted.
  unsigned method = 0;           ///< 0: stored, 8: deflated.
  std::int64_t claimed_size = -1;
  bool wrong_checksum = false;
};

inline std::uint32_t crc32_of(std::string_view data) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const char c : data) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320U : 0U);
  }
  return ~crc;
}

inline void append_number(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
}

/// What local and central headers have in common, from "version needed" on.
inline void append_common(std::string& out, const RawEntry& entry) {
  const auto size = entry.claimed_size < 0 ? entry.contents.size() : static_cast<std::uint64_t>(entry.claimed_size);
  append_number(out, 20, 2);
  append_number(out, entry.flags, 2);
  append_number(out, entry.method, 2);
  append_number(out, 0, 2);
  append_number(out, 33, 2);
  append_number(out, crc32_of(entry.contents) + (entry.wrong_checksum ? 1 : 0), 4);
  append_number(out, entry.contents.size(), 4);
  append_number(out, size, 4);
  append_number(out, entry.name.size(), 2);
  append_number(out, 0, 2);  // Extra.
}

/// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
inline std::string raw_zip(const std::vector<RawEntry>& entries) {
  std::string out;
  std::string directory;
  for (const RawEntry& entry : entries) {
    const std::size_t offset = out.size();
    out += "PK\x03\x04";
    append_common(out, entry);
    out += entry.name + entry.contents;
    directory += "PK\x01\x02";
    append_number(directory, entry.system << 8 | 20, 2);
    append_common(directory, entry);
    append_number(directory, 0, 2);  // Comment.
    append_number(directory, 0, 2);  // Disk.
    append_number(directory, 0, 2);
    append_number(directory, std::uint64_t{entry.mode} << 16, 4);
    append_number(directory, offset, 4);
    directory += entry.name;
  }
  const std::size_t start = out.size();
  out += directory + "PK\x05\x06";
  append_number(out, 0, 4);
  append_number(out, entries.size(), 2);
  append_number(out, entries.size(), 2);
  append_number(out, directory.size(), 4);
  append_number(out, start, 4);
  append_number(out, 0, 2);
  return out;
}

}  // namespace test

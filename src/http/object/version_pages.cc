#include "http/object/version_pages.h"

#include <algorithm>
#include <string>

namespace cloudkit::inline v0::http {

VersionPage whole_keys(VersionPage read, IsNewer is_newer) {
  auto& entries = read.entries;
  std::stable_sort(entries.begin(), entries.end(), [&](const VersionEntry& a, const VersionEntry& b) {
    return a.key != b.key ? a.key < b.key : is_newer(a, b);
  });
  if (read.next_page_token.empty() || entries.empty()) return read;
  // The rest of the last key's versions may be on the next page, and they are newer.
  const std::string last = entries.back().key;
  std::erase_if(entries, [&](const VersionEntry& entry) { return entry.key == last; });
  read.next_page_token = last;
  return read;
}

bool is_one_key(const VersionPage& read) noexcept {
  if (read.next_page_token.empty()) return false;
  return read.entries.empty() || read.entries.front().key == read.entries.back().key;
}

}  // namespace cloudkit::inline v0::http

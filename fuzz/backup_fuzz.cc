// Keys that become paths of a snapshot, patterns that choose them, and the manifests and journals that tell of them.
// The input is keys, a line each, and the same bytes once more as a manifest and as a journal.
#include "sync/key_map.h"
#include "sync/manifest.h"
#include "sync/rules.h"
#include "sync/run_journal.h"

#include "support/temporary_directory.h"

#include <fcntl.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <set>
#include <string>
#include <string_view>

using namespace cloudkit;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return text;
}

// Injective, inverse, never outside, and nothing that a file system could not hold.
void check_keys(const std::set<std::string>& keys, syncing::Names names) {
  syncing::KeyMap map(names);
  std::set<std::string> files;
  std::set<std::string> directories;
  std::uint64_t size = 0;
  for (const std::string& key : keys) {
    const syncing::Place place = map.place_of(key, size++ % 3);
    require(syncing::is_plain_path(place.path) && place.path.size() <= 4000);
    const std::string path = names == syncing::Names::portable ? lower(place.path) : place.path;
    for (std::size_t begin = 0, end = 0; begin <= path.size(); begin = end + 1) {
      end = std::min(path.find('/', begin), path.size());
      require(end - begin <= 255);
      if (end < path.size()) directories.insert(path.substr(0, end));
    }
    require(place.is_directory ? (directories.insert(path), true) : files.insert(path).second);
    if (!place.path.starts_with("%h")) require(syncing::key_of(place) == key);
  }
  for (const std::string& file : files) require(directories.count(file) == 0);
}

void check_path(const std::string& path) {
  const auto key = syncing::key_of({path, false});
  if (!key) return;
  // A path of ours, or one that says the same in another way; never one that has no key.
  require(!key->empty() && syncing::is_plain_path(path));
}

void check_manifest(std::string_view text) {
  auto reader = syncing::ManifestReader::parse(std::string(text));
  if (!reader) return;
  std::string last;
  while (true) {
    const auto entry = reader->next();
    if (!entry || !*entry) return;
    require((*entry)->info.key > last && syncing::is_plain_path((*entry)->path));
    last = (*entry)->info.key;
    const auto again = syncing::parse_entry(
        std::string_view(syncing::to_line(**entry)).substr(0, syncing::to_line(**entry).size() - 1));
    require(again.has_value() && again->info.key == (*entry)->info.key && again->path == (*entry)->path &&
            again->sha256 == (*entry)->sha256 && again->info.metadata == (*entry)->info.metadata &&
            again->tags == (*entry)->tags);
  }
}

void check_journal(const test::TemporaryDirectory& directory, int fd, std::string_view text) {
  std::ofstream(directory.file("journal"), std::ios::binary) << text;
  auto journal = syncing::RunJournal::open(fd, "journal", "journal");
  if (!journal) return;
  for (std::uint64_t index = 0; index < 4; ++index) require(journal->line(index).has_value());
  require(journal->add(2, "{}").has_value() && *journal->line(2).value() == "{}\n");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const test::TemporaryDirectory directory;
  static const core::UniqueFd fd(::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));

  const std::string_view input(reinterpret_cast<const char*>(data), size);
  std::set<std::string> keys;
  for (std::size_t begin = 0, end = 0; begin < input.size(); begin = end + 1) {
    end = std::min(input.find('\n', begin), input.size());
    const std::string key(input.substr(begin, end - begin));
    if (!key.empty() && key.size() <= 4000) keys.insert(key);
    check_path(key);
  }
  check_keys(keys, syncing::Names::exact);
  check_keys(keys, syncing::Names::portable);
  if (keys.size() >= 2 && keys.begin()->size() < 300) {
    const auto pattern = KeyPattern::parse(*keys.begin());
    // What it matches begins as it says.
    require(!pattern || !pattern->matches(*keys.rbegin()) || keys.rbegin()->starts_with(pattern->prefix()));
    require(KeyPattern::parse("**").value().matches(*keys.rbegin()));
  }
  check_manifest(input);
  check_journal(directory, fd.get(), input);
  return 0;
}

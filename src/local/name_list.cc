#include "local/name_list.h"

#include "core/directory.h"
#include "local/directory.h"
#include "local/key_path.h"

#include <algorithm>
#include <ctime>

namespace cloudkit::inline v0::local {
namespace {

// Smaller directories are read again for each page: that is as fast as asking for their times.
constexpr std::size_t kMinCachedNames = 2000;
// A directory that changed so recently may change again without a new time: ticks of file
// systems are up to two seconds long.
constexpr std::time_t kMinAge = 3;

bool same_time(const timespec& a, const timespec& b) { return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec; }

bool same_inode(const struct stat& a, const struct stat& b) { return a.st_dev == b.st_dev && a.st_ino == b.st_ino; }

bool same_directory(const struct stat& a, const struct stat& b) {
  return same_inode(a, b) && same_time(a.st_mtim, b.st_mtim) && same_time(a.st_ctim, b.st_ctim);
}

}  // namespace

void NameList::add(std::string_view name, bool is_directory) {
  const std::size_t at = bytes_.size();
  bytes_ += name;
  if (is_directory) bytes_ += '/';
  places_.push_back({at, bytes_.size() - at});
}

void NameList::sort() {
  std::sort(places_.begin(), places_.end(), [this](const Place& a, const Place& b) { return view(a) < view(b); });
}

std::size_t NameList::lower_bound(std::string_view name) const {
  const auto it =
      std::lower_bound(places_.begin(), places_.end(), name,
                       [this](const Place& place, std::string_view wanted) { return view(place) < wanted; });
  return static_cast<std::size_t>(it - places_.begin());
}

Result<NameList> read_names(int directory, const std::string& path, const Context& context) {
  NameList names;
  const Status read = core::for_each_entry(directory, path, context, [&](std::string_view name, core::EntryKind kind) {
    if (kind == core::EntryKind::file) remove_if_abandoned(directory, name);
    if (!is_reserved(name)) names.add(name, kind == core::EntryKind::directory);
    return true;
  });
  if (!read) return read.error();
  names.sort();
  return names;
}

bool NameCache::Slot::serves(std::string_view other_listing, const struct stat& other, Clock::time_point now) const {
  if (names == nullptr) return false;
  if (settled && same_directory(directory, other)) return true;
  return listing == other_listing && same_inode(directory, other) && now - since < kMaxAge;
}

std::shared_ptr<const NameList> NameCache::find(std::string_view listing, const struct stat& directory,
                                                Clock::time_point now) {
  const std::scoped_lock lock(mutex_);
  for (const Slot& slot : slots_) {
    if (slot.serves(listing, directory, now)) return slot.names;
  }
  return nullptr;
}

void NameCache::keep(std::string_view listing, const struct stat& before, const struct stat& after,
                     std::shared_ptr<const NameList> names, Clock::time_point now) {
  if (names->size() < kMinCachedNames) return;
  const bool settled = same_directory(before, after) && std::time(nullptr) - after.st_mtim.tv_sec >= kMinAge;
  const std::scoped_lock lock(mutex_);
  slots_[next_] = {std::string(listing), after, settled, now, std::move(names)};
  next_ = (next_ + 1) % slots_.size();
}

void NameCache::forget(std::string_view listing, Clock::time_point now) {
  const std::scoped_lock lock(mutex_);
  for (Slot& slot : slots_) {
    if (slot.listing == listing || now - slot.since >= kMaxAge) slot = {};
  }
}

}  // namespace cloudkit::inline v0::local

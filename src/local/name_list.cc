#include "local/name_list.h"

#include "local/beneath.h"
#include "local/fs_error.h"
#include "local/key_path.h"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <functional>

namespace cloudkit::inline v0::local {
namespace {

using core::UniqueFd;

// Smaller directories are read again for each page: that is as fast as asking for their times.
constexpr std::size_t kMinCachedNames = 2000;
// A directory that changed so recently may change again without a new time: ticks of file
// systems are up to two seconds long.
constexpr std::time_t kMinAge = 3;

constexpr int kContextStep = 1024;

enum class Kind { file, directory, other };

Kind kind_of_entry(int directory, const dirent& entry) {
  if (entry.d_type == DT_REG) return Kind::file;
  if (entry.d_type == DT_DIR) return Kind::directory;
  struct stat state{};
  // Some file systems leave the type to stat.
  if (entry.d_type != DT_UNKNOWN || ::fstatat(directory, entry.d_name, &state, AT_SYMLINK_NOFOLLOW) != 0) {
    return Kind::other;
  }
  if (S_ISREG(state.st_mode)) return Kind::file;
  return S_ISDIR(state.st_mode) ? Kind::directory : Kind::other;
}

// Calls `take(name, is_directory)` for each, until it answers false.
Status for_each_name(int directory, const std::string& path, const Context& context,
                     const std::function<bool(std::string_view, bool)>& take) {
  const int duplicate = ::fcntl(directory, F_DUPFD_CLOEXEC, 0);
  DIR* const opened = duplicate < 0 ? nullptr : ::fdopendir(duplicate);
  if (opened == nullptr) {
    Error error = fs_error("open the directory " + path, errno);
    if (duplicate >= 0) ::close(duplicate);
    return error;
  }
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(opened, ::closedir);
  for (int count = 0;; ++count) {
    if (count % kContextStep == 0) {
      if (auto status = context.check(); !status) return status;
    }
    errno = 0;
    const dirent* const entry = ::readdir(stream.get());
    // ENOENT: the directory was removed meanwhile; it is as good as empty.
    if (entry == nullptr && errno != 0 && errno != ENOENT) return fs_error("read the directory " + path, errno);
    if (entry == nullptr) return {};
    const std::string_view name = entry->d_name;
    if (name == "." || name == ".." || is_reserved(name)) continue;
    const Kind kind = kind_of_entry(directory, *entry);
    if (kind != Kind::other && !take(name, kind == Kind::directory)) return {};
  }
}

bool same_time(const timespec& a, const timespec& b) { return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec; }

bool same_directory(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && same_time(a.st_mtim, b.st_mtim) &&
         same_time(a.st_ctim, b.st_ctim);
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
  const Status read = for_each_name(directory, path, context, [&](std::string_view name, bool is_directory) {
    names.add(name, is_directory);
    return true;
  });
  if (!read) return read.error();
  names.sort();
  return names;
}

Result<bool> contains_object(int bucket, const std::string& path, const Context& context) {
  std::vector<std::string> waiting{path};
  bool found = false;
  while (!waiting.empty() && !found) {
    const std::string at = std::move(waiting.back());
    waiting.pop_back();
    const UniqueFd directory = open_beneath(bucket, at, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!directory && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)) continue;
    if (!directory) return fs_error("open the directory " + at, errno);
    const Status read = for_each_name(directory.get(), at, context, [&](std::string_view name, bool is_directory) {
      found = !is_directory;
      if (is_directory) waiting.push_back((at.empty() ? at : at + '/') + std::string(name));
      return !found;
    });
    if (!read) return read.error();
  }
  return found;
}

std::shared_ptr<const NameList> NameCache::find(const struct stat& directory) {
  const std::scoped_lock lock(mutex_);
  for (const Slot& slot : slots_) {
    if (slot.names != nullptr && same_directory(slot.directory, directory)) return slot.names;
  }
  return nullptr;
}

void NameCache::keep(const struct stat& before, const struct stat& after, std::shared_ptr<const NameList> names) {
  const bool settled = same_directory(before, after) && std::time(nullptr) - after.st_mtim.tv_sec >= kMinAge;
  if (!settled || names->size() < kMinCachedNames) return;
  const std::scoped_lock lock(mutex_);
  slots_[next_] = {after, std::move(names)};
  next_ = (next_ + 1) % slots_.size();
}

void NameCache::clear() {
  const std::scoped_lock lock(mutex_);
  slots_ = {};
}

}  // namespace cloudkit::inline v0::local

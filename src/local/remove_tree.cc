#include "local/remove_tree.h"

#include "core/unique_fd.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0::local {
namespace {

using core::UniqueFd;

constexpr int kTreeFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

// How often a directory may turn out to be filled again meanwhile.
constexpr int kMaxTries = 100;

bool names_in(int directory, std::vector<std::string>& names) {
  names.clear();
  const int own = ::openat(directory, ".", kTreeFlags);  // With an offset of its own.
  DIR* const opened = own < 0 ? nullptr : ::fdopendir(own);
  if (opened == nullptr) {
    const int reason = errno;
    if (own >= 0) ::close(own);
    errno = reason;
    return false;
  }
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(opened, ::closedir);
  while (true) {
    errno = 0;
    const dirent* const entry = ::readdir(stream.get());
    if (entry == nullptr) return errno == 0 || errno == ENOENT;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
}

class Emptying {
 public:
  explicit Emptying(int top) : top_(top) {}

  // What lies deeper is moved to the top, and met there in the next round: so no depth costs open files or stack.
  bool run() {
    std::vector<std::string> names;
    while (names_in(top_, names)) {
      if (names.empty()) return true;
      for (const std::string& name : names) {
        if (!remove_entry(name)) return false;
      }
    }
    return false;
  }

 private:
  bool remove_entry(const std::string& name) {
    if (::unlinkat(top_, name.c_str(), 0) == 0 || errno == ENOENT) return true;
    if (errno != EISDIR && errno != EPERM) return false;  // EPERM is POSIX's word for a directory.
    // Before it is opened, which its mode may forbid.
    ::fchmodat(top_, name.c_str(), S_IRWXU, AT_SYMLINK_NOFOLLOW);
    const UniqueFd directory(::openat(top_, name.c_str(), kTreeFlags));
    if (!directory) return errno == ENOENT;
    if (!clear(directory.get())) return false;
    if (::unlinkat(top_, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) return true;
    return errno == ENOTEMPTY && ++tries_ < kMaxTries;
  }

  bool clear(int directory) {
    std::vector<std::string> names;
    if (!names_in(directory, names)) return false;
    for (const std::string& name : names) {
      if (::unlinkat(directory, name.c_str(), 0) == 0 || errno == ENOENT) continue;
      if (errno != EISDIR && errno != EPERM) return false;
      if (::unlinkat(directory, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) continue;
      // Its own mode must let its ".." be changed.
      ::fchmodat(directory, name.c_str(), S_IRWXU, AT_SYMLINK_NOFOLLOW);
      if (!move_up(directory, name)) return false;
    }
    return true;
  }

  bool move_up(int directory, const std::string& name) {
    while (true) {
      const std::string there = "deep-" + std::to_string(::getpid()) + '-' + std::to_string(++moved_);
      if (::renameat(directory, name.c_str(), top_, there.c_str()) == 0 || errno == ENOENT) return true;
      if (errno != EEXIST && errno != ENOTEMPTY) return false;
    }
  }

  const int top_;
  unsigned long moved_ = 0;
  int tries_ = 0;
};

}  // namespace

bool empty_directory(int directory) noexcept try { return Emptying(directory).run(); } catch (const std::bad_alloc&) {
  errno = ENOMEM;
  return false;
}

}  // namespace cloudkit::inline v0::local

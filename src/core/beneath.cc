#include "core/beneath.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/openat2.h>
#include <sys/syscall.h>
#endif

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <new>
#include <string>

namespace cloudkit::inline v0::core {
namespace {

constexpr int kDirectoryFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
#ifdef O_PATH
constexpr int kStepFlags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
#else
constexpr int kStepFlags = kDirectoryFlags;
#endif

UniqueFd open_step(int directory, const std::string& name, int flags) {
  int fd = -1;
  do {
    fd = ::openat(directory, name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0 && errno == ENOTDIR) {
    // O_DIRECTORY hides that it is a link. openat2 says ELOOP, so the two agree.
    struct stat found{};
    const bool is_link = ::fstatat(directory, name.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(found.st_mode);
    errno = is_link ? ELOOP : ENOTDIR;
  }
  return UniqueFd(fd);
}

#ifdef SYS_openat2
// False: the kernel does not offer it, and nothing is said about the path.
bool try_openat2(int directory, const std::string& path, int flags, UniqueFd& out) {
  struct open_how how{};
  // Links are refused anyway; with O_NOFOLLOW one that should be a directory would be ENOTDIR.
  how.flags = static_cast<std::uint64_t>((flags & ~O_NOFOLLOW) | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  long fd = -1;
  do {
    fd = ::syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how);
  } while (fd < 0 && (errno == EINTR || errno == EAGAIN));
  // Sandboxes answer EPERM for system calls that they do not know.
  if (fd < 0 && (errno == ENOSYS || errno == EPERM)) return false;
  out = UniqueFd(static_cast<int>(fd));
  return true;
}
#endif

}  // namespace

bool is_gone(int error_number) noexcept {
  return error_number == ENOENT || error_number == ENOTDIR || error_number == ELOOP;
}

UniqueFd open_beneath(int directory, std::string_view path, int flags) {
#ifdef SYS_openat2
  UniqueFd fd;
  if (try_openat2(directory, path.empty() ? "." : std::string(path), flags, fd)) return fd;
#endif
  return open_beneath_by_steps(directory, path, flags);
}

UniqueFd open_beneath_by_steps(int directory, std::string_view path, int flags) {
  UniqueFd above;
  int current = directory;
  while (path.find('/') != std::string_view::npos) {
    UniqueFd next = open_step(current, std::string(take_segment(path)), kStepFlags);
    if (!next) return next;
    above = std::move(next);
    current = above.get();
  }
  return open_step(current, path.empty() ? "." : std::string(path), flags);
}

UniqueFd make_directories_beneath(int directory, std::string_view path, bool sync) {
  UniqueFd found = open_beneath(directory, path, kDirectoryFlags);
  if (found || errno != ENOENT) return found;
  int current = directory;
  while (!path.empty()) {
    const std::string name(take_segment(path));
    const bool made = ::mkdirat(current, name.c_str(), 0777) == 0;
    if (!made && errno != EEXIST) return UniqueFd();
    UniqueFd next = open_step(current, name, kDirectoryFlags);
    if (!next) return next;
    if (made && sync && !sync_directory(current)) return UniqueFd();
    found = std::move(next);
    current = found.get();
  }
  return found;
}

void prune_beneath(int directory, std::string_view path) noexcept try {
  for (; !path.empty(); path = parent_of(path)) {
    const UniqueFd above = open_beneath(directory, parent_of(path), kDirectoryFlags);
    if (!above) return;
    if (::unlinkat(above.get(), std::string(name_of(path)).c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT) return;
  }
} catch (const std::bad_alloc&) {
  return;  // An empty directory is in nobody's way.
}

bool sync_directory(int directory) noexcept {
  // EINVAL: a file system that has no such thing; its rename is all there is.
  return ::fsync(directory) == 0 || errno == EINVAL;
}

std::string_view parent_of(std::string_view key) {
  const std::size_t slash = key.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : key.substr(0, slash);
}

std::string_view name_of(std::string_view key) { return key.substr(key.rfind('/') + 1); }

std::string_view take_segment(std::string_view& path) {
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(std::min(segment.size() + 1, path.size()));
  return segment;
}

bool rename_if_absent(int from_directory, const std::string& from, int to_directory, const std::string& to) noexcept {
#ifdef RENAME_NOREPLACE
  if (::renameat2(from_directory, from.c_str(), to_directory, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno != EINVAL && errno != ENOSYS) return false;
#endif
  if (::linkat(from_directory, from.c_str(), to_directory, to.c_str(), 0) != 0) return false;
  ::unlinkat(from_directory, from.c_str(), 0);
  return true;
}

}  // namespace cloudkit::inline v0::core

#include "local/file_lock.h"

#include "core/fs_error.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

namespace cloudkit::inline v0::local {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstLockWait{1};
constexpr milliseconds kLongestLockWait{20};

Result<core::UniqueFd> open_lock(const std::string& path) {
  core::UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return core::fs_error("open " + path, errno);
  return fd;
}

}  // namespace

void FileLock::release() noexcept {
  // Not left to close: a child forked meanwhile would keep the lock.
  if (fd_) ::flock(fd_.get(), LOCK_UN);
  fd_.reset();
}

Result<FileLock> try_lock_file(const std::string& path) {
  auto fd = open_lock(path);
  if (!fd) return std::move(fd).error();
  if (::flock(fd->get(), LOCK_EX | LOCK_NB) == 0) return FileLock(*std::move(fd));
  if (errno == EWOULDBLOCK || errno == EINTR) return FileLock();
  return core::fs_error("lock " + path, errno);
}

Result<FileLock> lock_file(const std::string& path, const Context& context) {
  for (auto wait = kFirstLockWait;; wait = std::min(wait * 2, kLongestLockWait)) {
    auto lock = try_lock_file(path);
    if (!lock || *lock) return lock;
    if (auto status = context.wait_for(wait); !status) return status.error();
  }
}

}  // namespace cloudkit::inline v0::local

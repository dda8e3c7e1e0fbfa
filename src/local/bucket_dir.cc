#include "local/bucket_dir.h"

#include "core/beneath.h"
#include "core/fail.h"
#include "core/fs_error.h"
#include "core/object_rules.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

namespace cloudkit::inline v0::local {
namespace {

constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
// Above a bucket it is enough to be allowed to pass: /home often cannot be read.
#ifdef O_PATH
constexpr int kSearchFlags = O_PATH | O_DIRECTORY | O_CLOEXEC;
#else
constexpr int kSearchFlags = kFlags;
#endif
// A lock is held for a few system calls; the wait grows for the case that many want it.
constexpr std::chrono::microseconds kFirstWait{50};
constexpr std::chrono::microseconds kLongestWait{2000};

core::UniqueFd open_named(const StoreConfig& config, std::string_view name) {
  if (name == kRootBucket) return core::UniqueFd(::open("/", kFlags));
  const core::UniqueFd store(::open(config.directory.c_str(), kSearchFlags));
  if (!store) return {};
  if (config.follow_bucket) return core::UniqueFd(::openat(store.get(), std::string(name).c_str(), kFlags));
  return core::open_beneath(store.get(), name, kFlags);
}

}  // namespace

bool BucketDir::deleted() const noexcept {
  struct stat now{};
  return ::fstat(fd.get(), &now) != 0 || now.st_nlink == 0;
}

std::string bucket_path(const StoreConfig& config, std::string_view name) {
  if (name == kRootBucket) return "/";
  return (config.directory == "/" ? "" : config.directory) + '/' + std::string(name);
}

Result<BucketDir> open_bucket_dir(const StoreConfig& config, std::string_view name) {
  BucketDir bucket;
  bucket.name = name;
  bucket.path = bucket_path(config, name);
  bucket.sync = config.sync;
  bucket.fd = open_named(config, name);
  if (bucket.fd) return bucket;
  const int error_number = errno;
  if (error_number == ENOENT) return core::no_such_bucket(name);
  Error error = core::fs_error("open the bucket's directory " + bucket.path, error_number);
  if (error_number == ENOTDIR) error.hint = "a bucket is a directory; name the one that holds the file";
  return error;
}

Result<BucketLock> BucketLock::acquire(const BucketDir& bucket, const Context& context) {
  for (auto wait = kFirstWait;; wait = std::min(wait * 2, kLongestWait)) {
    if (::flock(bucket.fd.get(), LOCK_EX | LOCK_NB) == 0) return BucketLock(bucket.fd.get());
    if (errno != EWOULDBLOCK && errno != EINTR) return core::fs_error("lock " + bucket.path, errno);
    if (auto status = context.wait_for(wait); !status) return status.error();
  }
}

BucketLock::BucketLock(BucketLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

void BucketLock::release() noexcept {
  // Not left to close: a child forked meanwhile would keep the lock.
  if (fd_ >= 0) ::flock(std::exchange(fd_, -1), LOCK_UN);
}

}  // namespace cloudkit::inline v0::local

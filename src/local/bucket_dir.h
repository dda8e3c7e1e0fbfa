#pragma once

#include "core/unique_fd.h"

#include <cloudkit/context.h>

#include <string>
#include <string_view>

namespace cloudkit::inline v0::local {

/// Where a store is and how it behaves.
struct StoreConfig {
  std::string directory = {};  ///< Absolute.
  bool sync = true;            ///< fsync files and directories.
  bool follow_bucket = false;  ///< A bucket may be a symbolic link: its path came from the caller.
};

/// A bucket's directory, opened anew for each operation, because directories come and go. As
/// flock belongs to an open file, this also gives each operation a lock of its own.
struct BucketDir {
  core::UniqueFd fd = {};
  std::string name = {};
  std::string path = {};
  bool sync = true;

  /// For messages.
  std::string path_of(std::string_view key) const { return path + '/' + std::string(key); }
  /// Whether it has been deleted since it was opened.
  bool deleted() const noexcept;
};

/// The name that only the store "/" has: the root directory as a bucket.
inline constexpr std::string_view kRootBucket = "/";

std::string bucket_path(const StoreConfig& config, std::string_view name);
/// Errors: `not_found`, `permission_denied`, `io`.
Result<BucketDir> open_bucket_dir(const StoreConfig& config, std::string_view name);

/// Excludes all other writers of a bucket, of this and of other processes on this machine, from
/// the moment where a condition is checked until its effect is there. Readers need no lock.
class BucketLock {
 public:
  /// `bucket` must outlive the lock. Errors: `io`, those of the context.
  static Result<BucketLock> acquire(const BucketDir& bucket, const Context& context);
  BucketLock(BucketLock&& other) noexcept;
  BucketLock& operator=(BucketLock&&) = delete;
  ~BucketLock() { release(); }
  void release() noexcept;

 private:
  explicit BucketLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace cloudkit::inline v0::local

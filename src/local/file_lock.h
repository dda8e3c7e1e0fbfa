#pragma once

#include "core/unique_fd.h"

#include <cloudkit/context.h>
#include <cloudkit/result.h>

#include <string>
#include <utility>

/// Locks between programs that share a directory.
namespace cloudkit::inline v0::local {

/// A lock that ends with its owner's program. Empty: not held.
class FileLock {
 public:
  FileLock() = default;
  explicit FileLock(core::UniqueFd fd) noexcept : fd_(std::move(fd)) {}
  FileLock(FileLock&&) noexcept = default;
  FileLock& operator=(FileLock&&) noexcept = default;
  ~FileLock() { release(); }
  void release() noexcept;
  explicit operator bool() const noexcept { return static_cast<bool>(fd_); }

 private:
  core::UniqueFd fd_;
};

/// Waits. Errors: `io`, those of the context.
Result<FileLock> lock_file(const std::string& path, const Context& context);
/// An empty one when somebody else has it. Errors: `io`.
Result<FileLock> try_lock_file(const std::string& path);

}  // namespace cloudkit::inline v0::local

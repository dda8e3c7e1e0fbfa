#pragma once

#include "local/functions/directory_store.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Functions' code, unpacked: one directory for each content.
namespace cloudkit::inline v0::local::functions {

/// What tells two packages apart: a digest of the zip, fit for a directory's name.
std::string revision_of(std::string_view zip);

/// Unpacks `zip`, unless that revision is there. All or nothing, also in a crash. Call it under the store's lock.
/// Errors: `invalid_argument` for a zip that is broken or hostile; `io`.
Status unpack_code(const DirectoryStore& store, std::string_view name, std::string_view zip);

/// Keeps a revision from being removed for as long as it lives, whatever program asks.
class CodeUse {
 public:
  /// Errors: `not_found` when it is gone, which newer code may have caused; `io`, `permission_denied`.
  static Result<CodeUse> begin(const DirectoryStore& store, std::string_view name, std::string_view revision);
  const std::string& path() const noexcept { return path_; }

 private:
  CodeUse(std::string path, FileLock lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  std::string path_;
  FileLock lock_;
};

/// Removes the revisions that are neither in `kept` nor used, and the function's directory when that leaves nothing in
/// it. What cannot be removed stays for the next call. Under the store's lock.
void remove_unused_code(const DirectoryStore& store, std::string_view name, const std::vector<std::string>& kept);

}  // namespace cloudkit::inline v0::local::functions

#pragma once

#include "core/unique_fd.h"
#include "sync/entry.h"

#include <cloudkit/context.h>
#include <cloudkit/result.h>

#include <fcntl.h>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

inline constexpr int kDirectoryFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

/// The files of one snapshot. Paths are beneath its directory's descriptor. Thread-safe.
namespace cloudkit::inline v0::syncing {

class FileTree {
 public:
  /// `path` is for messages.
  FileTree(core::UniqueFd directory, std::string path) : directory_(std::move(directory)), path_(std::move(path)) {}
  /// Errors: `not_found`, `io`, …
  static Result<FileTree> open(int above, const std::string& name, std::string path);

  int directory() const noexcept { return directory_.get(); }
  std::string path_of(std::string_view path) const { return path_ + '/' + std::string(path); }

  /// A regular file. Errors: `not_found`; `permission_denied` for a symbolic link; `io`.
  Result<core::UniqueFd> open_file(std::string_view path) const;
  /// Nothing for what is no regular file, or not there.
  std::optional<FileState> state(std::string_view path);
  Status make_directory(std::string_view path);
  /// Gives the finished file `name` in `parts` its place. Errors: `conflict` where a file is already.
  Status take(int parts, const std::string& name, std::string_view path);
  /// Makes `path` the same file as `old_path` in `old`. False where a link cannot be. Errors: `conflict` as above.
  Result<bool> link(FileTree& old, std::string_view old_path, std::string_view path);
  /// Removes files that `stays` does not want, and directories that are empty then.
  Status sweep(const std::function<bool(const std::string& path)>& stays, const Context& context);
  /// Every file; what is neither file nor directory, too.
  Status walk(const std::function<void(const std::string& path, bool is_file)>& visit, const Context& context);

 private:
  // The directory of `path`, kept open for the next one in it.
  struct Parent {
    std::string path = {};
    core::UniqueFd fd = {};
  };
  int parent(std::string_view path, bool make);
  Error failed(std::string_view doing, std::string_view path, int error_number) const;

  core::UniqueFd directory_;
  std::string path_;
  std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>();  // Of what follows.
  Parent parent_;
};

/// For sets of a million paths in little memory.
std::uint64_t digest_of_path(std::string_view path);

/// SHA-256 in hexadecimal digits of what is read from `file`. Errors: `io`, those of the context.
Result<std::string> hash_file(int file, const std::string& path, const Context& context);
/// What a file in a snapshot is to look like: its object's time, and written by nobody.
Status seal(int file, const std::string& path, TimePoint modified);
/// The content of one file into a new one, by the file system where it can share it. Errors: `io`, …
Status clone_file(int from, int to, const std::string& path, const Context& context);
/// Removes a directory with all that is in it. Nothing to do when it is not there.
Status remove_tree(int above, const std::string& name, const std::string& path, const Context& context);

}  // namespace cloudkit::inline v0::syncing

#pragma once

#include "core/local_source.h"

#include <cloudkit/io.h>

#include <sys/types.h>

#include <optional>
#include <string>

/// The caller's own bytes and files.
namespace cloudkit::inline v0::object_store {

using core::BytesSource;
using core::check_path;
using core::FileSource;
using core::open_source;
using core::read_fully;

/// As pwrite, but whole. Errors: `io`.
Status write_fully(int fd, const std::string& name, std::uint64_t offset, Bytes chunk);

/// A file that appears under its name whole, by `publish`, or not at all.
class PendingFile {
 public:
  /// Makes the temporary file beside `path`. Errors: `invalid_argument` for a NUL in it; `io`.
  static Result<PendingFile> create(const std::string& path);
  /// The same with a name for the temporary file, which is taken as it is if an earlier program of this user left one.
  /// The caller keeps others away from it.
  static Result<PendingFile> resume(const std::string& path, std::string temporary);
  PendingFile(PendingFile&& other) noexcept;
  PendingFile& operator=(PendingFile&&) = delete;
  ~PendingFile();

  Status write_at(std::uint64_t offset, Bytes chunk);
  /// Fewer bytes than `out` has only at the end.
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const;
  /// Cuts it off, or adds zeros.
  Status resize(std::uint64_t size);
  /// Sets the room aside, where the file system can. Errors: `io`: no space.
  Status reserve(std::uint64_t size);
  /// fsync, rename, fsync of the directory.
  Status publish();
  /// Removes it at once.
  void discard() noexcept;
  /// Leaves it to a later program.
  void keep() noexcept;

 private:
  static Result<PendingFile> open(const std::string& path, std::string temporary,
                                  int (*open_file)(const std::string& temporary, mode_t mode));
  PendingFile(int fd, std::string path, std::string temporary, std::optional<mode_t> mode);

  int fd_;
  std::string path_;
  std::string temporary_;
  std::optional<mode_t> mode_;  // Of the file that it replaces.
};

}  // namespace cloudkit::inline v0::object_store

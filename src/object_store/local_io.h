#pragma once

#include <cloudkit/io.h>
#include <cloudkit/object_types.h>

#include <sys/stat.h>

#include <memory>
#include <string>

/// The caller's own bytes and files.
namespace cloudkit::inline v0::object_store {

class BytesSource final : public Source {
 public:
  explicit BytesSource(Bytes bytes) noexcept : bytes_(bytes) {}
  std::uint64_t size() const noexcept override { return bytes_.size(); }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override;
  std::optional<Bytes> contiguous() const override { return bytes_; }

 private:
  Bytes bytes_;
};

/// C ends a path at its first NUL: another file than the one that was named would be meant. Errors: `invalid_argument`.
Status check_path(const std::string& path);

/// A file that changes between opening and its last read gives `io` before that read is complete, so that no mixture
/// is uploaded.
class FileSource final : public Source {
 public:
  FileSource(int fd, std::string path, const struct stat& at_open);
  ~FileSource() override;

  std::uint64_t size() const noexcept override { return static_cast<std::uint64_t>(at_open_.st_size); }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override;

  const std::string& path() const noexcept { return path_; }
  /// Of the file and of its content when it was opened: equal for two programs only if nobody wrote meanwhile.
  std::string identity() const;

 private:
  Error changed() const;

  int fd_;
  std::string path_;
  struct stat at_open_;
};

/// As pread, but whole. `name` is for the error. Errors: `io`.
Result<std::size_t> read_fully(int fd, const std::string& name, std::uint64_t offset, std::span<char> out);
/// As pwrite, but whole. Errors: `io`.
Status write_fully(int fd, const std::string& name, std::uint64_t offset, Bytes chunk);

/// Errors: `invalid_argument` for a path with a NUL; `io`, also for what is not a regular file.
Result<std::unique_ptr<FileSource>> open_source(const File& file);

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
                                  int (*open_file)(const std::string& temporary));
  PendingFile(int fd, std::string path, std::string temporary);

  int fd_;
  std::string path_;
  std::string temporary_;
};

}  // namespace cloudkit::inline v0::object_store

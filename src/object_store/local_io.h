#pragma once

#include <cloudkit/io.h>
#include <cloudkit/object_types.h>

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

/// Errors: `invalid_argument` for a path with a NUL; `io`, also for what is not a regular file. A file that changes
/// between opening and its last read gives `io` before that read is complete, so that no mixture is uploaded.
Result<std::unique_ptr<Source>> open_source(const File& file);

/// A file that appears under its name whole, by `publish`, or not at all.
class PendingFile {
 public:
  /// Makes the temporary file beside `path`. Errors: `invalid_argument` for a NUL in it; `io`.
  static Result<PendingFile> create(const std::string& path);
  PendingFile(PendingFile&& other) noexcept;
  PendingFile& operator=(PendingFile&&) = delete;
  ~PendingFile();

  Status write_at(std::uint64_t offset, Bytes chunk);
  /// Sets the room aside, where the file system can. Errors: `io`: no space.
  Status reserve(std::uint64_t size);
  /// fsync, rename, fsync of the directory.
  Status publish();

 private:
  PendingFile(int fd, std::string path, std::string temporary);
  int fd_;
  std::string path_;
  std::string temporary_;
};

}  // namespace cloudkit::inline v0::object_store

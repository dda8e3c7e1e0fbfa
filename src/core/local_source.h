#pragma once

#include <cloudkit/io.h>

#include <sys/stat.h>

#include <memory>
#include <string>

/// The caller's own bytes and files, to be read.
namespace cloudkit::inline v0::core {

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
/// Errors: `invalid_argument` for a path with a NUL; `permission_denied`; `io`, also for what is not a regular file.
Result<std::unique_ptr<FileSource>> open_source(const File& file);

}  // namespace cloudkit::inline v0::core

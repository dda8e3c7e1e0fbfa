#include "object_store/local_io.h"

#include "core/fail.h"
#include "core/fs_error.h"
#include "core/random.h"
#include "core/unique_fd.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

namespace cloudkit::inline v0::object_store {
namespace {

// Of the directory and of the name in it.
std::pair<std::string, std::string> split_path(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {".", path};
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

// What is there now and will be replaced; nothing when there is nothing.
Result<std::optional<struct stat>> check_destination(const std::string& path) {
  if (auto status = check_path(path); !status) return std::move(status).error();
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return std::optional<struct stat>();
  if (S_ISDIR(found.st_mode)) return core::fail(ErrorCode::io, path + " is a directory", "name the file to write");
  // A rename would put a file in the place of a device or a FIFO.
  if (S_ISREG(found.st_mode)) return std::optional(found);
  return core::fail(ErrorCode::io, path + " is not a regular file", "download to a sink that writes to it");
}

Error cannot_create_in(const std::string& directory) {
  Error error = core::fs_error(fmt::format("create a file in {}", directory), errno);
  if (errno == ENOENT) error.hint = "make the directory first";
  return error;
}

int create_new(const std::string& temporary, mode_t mode) {
  return ::open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
}

// What somebody else has put there could be read and written by him when it has its final name.
int open_own(const std::string& temporary, mode_t mode) {
  const int fd = ::open(temporary.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  struct stat found{};
  if (fd >= 0 && ::fstat(fd, &found) == 0 && S_ISREG(found.st_mode) && found.st_uid == ::geteuid() &&
      found.st_nlink == 1) {
    return fd;
  }
  if (fd >= 0) ::close(fd);
  ::unlink(temporary.c_str());
  return create_new(temporary, mode);
}

// Returns an error number, or 0. Where the file system cannot, as NFS before 4.2, glibc's posix_fallocate writes to the
// whole file instead, for minutes that nobody can cancel.
int set_aside(int fd, off_t size) {
#ifdef __linux__
  return ::fallocate(fd, 0, 0, size) == 0 ? 0 : errno;
#else
  return ::posix_fallocate(fd, 0, size);
#endif
}

}  // namespace

Status write_fully(int fd, const std::string& name, std::uint64_t offset, Bytes chunk) {
  std::size_t done = 0;
  while (done < chunk.size()) {
    const ssize_t count = ::pwrite(fd, chunk.data() + done, chunk.size() - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return core::io_error("write " + name, errno);
    done += static_cast<std::size_t>(count);
  }
  return {};
}

PendingFile::PendingFile(int fd, std::string path, std::string temporary, std::optional<mode_t> mode)
    : fd_(fd), path_(std::move(path)), temporary_(std::move(temporary)), mode_(mode) {}

PendingFile::PendingFile(PendingFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      path_(std::move(other.path_)),
      temporary_(std::move(other.temporary_)),
      mode_(other.mode_) {}

PendingFile::~PendingFile() { discard(); }

void PendingFile::discard() noexcept {
  if (fd_ < 0) return;
  ::unlink(temporary_.c_str());
  keep();
}

void PendingFile::keep() noexcept {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Result<PendingFile> PendingFile::create(const std::string& path) {
  const std::string directory = split_path(path).first;
  // A name of its own length, because one with the file's name in it could be too long.
  return open(path, fmt::format("{}/.ck-tmp-{}", directory, core::random_hex(8)), create_new);
}

Result<PendingFile> PendingFile::resume(const std::string& path, std::string temporary) {
  return open(path, std::move(temporary), open_own);
}

Result<PendingFile> PendingFile::open(const std::string& path, std::string temporary,
                                      int (*open_file)(const std::string& temporary, mode_t mode)) {
  const auto replaced = check_destination(path);
  if (!replaced) return replaced.error();
  // Who may read the old content may read the new one, and nobody else; and who opened it before could read it later,
  // so that until it is whole nobody may.
  std::optional<mode_t> mode;
  if (*replaced) mode = (*replaced)->st_mode & 0777;
  const int fd = core::above_standard(open_file(temporary, mode ? 0600 : 0666));
  if (fd < 0) return cannot_create_in(split_path(path).first);
  return PendingFile(fd, path, std::move(temporary), mode);
}

Result<std::size_t> PendingFile::read_at(std::uint64_t offset, std::span<char> out) const {
  return read_fully(fd_, temporary_, offset, out);
}

Status PendingFile::resize(std::uint64_t size) {
  if (::ftruncate(fd_, static_cast<off_t>(size)) == 0) return {};
  return core::io_error("truncate " + temporary_, errno);
}

Status PendingFile::write_at(std::uint64_t offset, Bytes chunk) { return write_fully(fd_, path_, offset, chunk); }

Status PendingFile::reserve(std::uint64_t size) {
  const int error_number = set_aside(fd_, static_cast<off_t>(size));
  // Not set aside, for want of the means or by a signal: the writing will tell whether there is room.
  for (const int fine : {0, EINTR, EOPNOTSUPP, EINVAL, ENOSYS}) {
    if (error_number == fine) return {};
  }
  return core::io_error(fmt::format("set aside {} bytes for {}", size, path_), error_number);
}

Status PendingFile::publish() {
  // Where the file system has no permissions to set, it stays its owner's alone.
  if (mode_) static_cast<void>(::fchmod(fd_, *mode_));
  if (::fsync(fd_) != 0) return core::io_error("fsync " + path_, errno);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
    const int error_number = errno;
    Error error = core::fs_error("rename to " + path_, error_number);
    if (error_number == ENOENT) error.hint = "the directory was removed meanwhile; make it again";
    return error;
  }
  ::close(std::exchange(fd_, -1));
  const int directory = ::open(split_path(path_).first.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = directory >= 0 && ::fsync(directory) == 0;
  const int error_number = errno;
  if (directory >= 0) ::close(directory);
  // Some file systems cannot sync a directory; then the rename is all there is.
  if (!synced && error_number != EINVAL && error_number != EACCES) {
    return core::io_error("fsync the directory of " + path_, error_number);
  }
  return {};
}

}  // namespace cloudkit::inline v0::object_store

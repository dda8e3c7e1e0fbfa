#include "core/local_source.h"

#include "core/encode.h"
#include "core/fail.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace cloudkit::inline v0::core {
namespace {

bool same_content(const struct stat& a, const struct stat& b) {
  return a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

}  // namespace

Status check_path(const std::string& path) {
  if (path.find('\0') == std::string::npos) return {};
  return invalid_argument(fmt::format("the file path \"{}\" holds a NUL byte", printable_excerpt(path, 80)));
}

FileSource::FileSource(int fd, std::string path, const struct stat& at_open)
    : fd_(fd), path_(std::move(path)), at_open_(at_open) {}

FileSource::~FileSource() { ::close(fd_); }

Result<std::size_t> FileSource::read_at(std::uint64_t offset, std::span<char> out) const {
  const std::uint64_t left = size() - std::min(offset, size());
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), left));
  auto done = read_fully(fd_, path_, offset, out.first(wanted));
  if (!done) return done;
  if (*done < wanted) return changed();
  if (offset + *done == size()) {
    struct stat now{};
    if (::fstat(fd_, &now) != 0) return io_error("stat " + path_, errno);
    if (!same_content(at_open_, now)) return changed();
  }
  return done;
}

std::string FileSource::identity() const {
  return fmt::format("{:x}:{:x} {} {}.{:09} {}.{:09}", at_open_.st_dev, at_open_.st_ino, at_open_.st_size,
                     at_open_.st_mtim.tv_sec, at_open_.st_mtim.tv_nsec, at_open_.st_ctim.tv_sec,
                     at_open_.st_ctim.tv_nsec);
}

Error FileSource::changed() const {
  return fail(ErrorCode::io, fmt::format("{} changed while it was read", path_), "nothing was stored; try again");
}

Result<std::size_t> BytesSource::read_at(std::uint64_t offset, std::span<char> out) const {
  if (offset >= bytes_.size()) return std::size_t{0};
  const std::size_t count = std::min(out.size(), bytes_.size() - static_cast<std::size_t>(offset));
  std::memcpy(out.data(), bytes_.data() + offset, count);
  return count;
}

Result<std::size_t> read_fully(int fd, const std::string& name, std::uint64_t offset, std::span<char> out) {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t count = ::pread(fd, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return io_error("read " + name, errno);
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

Result<std::unique_ptr<FileSource>> open_source(const File& file) {
  if (auto status = check_path(file.path); !status) return std::move(status).error();
  // O_NONBLOCK, so that a FIFO is refused below instead of waited for.
  const int fd = ::open(file.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    Error error = io_error("open " + file.path, errno);
    if (errno == ENOENT || errno == ENOTDIR) {
      error.hint = "check the file's name; a relative path starts at the working directory";
    } else if (errno == EACCES || errno == EPERM) {
      error.code = ErrorCode::permission_denied;
      error.hint = "check that this user may read the file and enter its directories (ls -l)";
    }
    return error;
  }
  struct stat found{};
  const bool known = ::fstat(fd, &found) == 0;
  if (!known || !S_ISREG(found.st_mode)) {
    const Error error = known ? fail(ErrorCode::io, file.path + " is not a regular file",
                                     "name a file; other things are put by a Source of your own")
                              : io_error("stat " + file.path, errno);
    ::close(fd);
    return error;
  }
  // As of files in /proc: nothing would be stored.
  char first = '\0';
  if (found.st_size == 0 && ::pread(fd, &first, 1, 0) > 0) {
    ::close(fd);
    return fail(ErrorCode::io, file.path + " has content but no size", "read it, and put what was read");
  }
  return std::make_unique<FileSource>(fd, file.path, found);
}

}  // namespace cloudkit::inline v0::core

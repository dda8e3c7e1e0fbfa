#include "fd_source.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace cloudkit::tool {
namespace {

constexpr int kWakeMilliseconds = 100;

class FdSource final : public Source {
 public:
  FdSource(UniqueFd fd, std::string name, const struct stat& at_open)
      : fd_(std::move(fd)), name_(std::move(name)), at_open_(at_open) {}

  std::uint64_t size() const noexcept override { return static_cast<std::uint64_t>(at_open_.st_size); }

  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override {
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), size() - std::min(offset, size())));
    std::size_t done = 0;
    while (done < wanted) {
      const ssize_t count = ::pread(fd_.get(), out.data() + done, wanted - done, static_cast<off_t>(offset + done));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return io_error("read " + name_, errno);
      if (count == 0) return changed();
      done += static_cast<std::size_t>(count);
    }
    if (offset + done == size() && !is_unchanged()) return changed();
    return done;
  }

 private:
  bool is_unchanged() const {
    struct stat now{};
    return ::fstat(fd_.get(), &now) == 0 && now.st_size == at_open_.st_size &&
           now.st_mtim.tv_sec == at_open_.st_mtim.tv_sec && now.st_mtim.tv_nsec == at_open_.st_mtim.tv_nsec;
  }
  Error changed() const {
    return {ErrorCode::io, name_ + " changed while it was read", "nothing was stored; try again"};
  }

  const UniqueFd fd_;
  const std::string name_;
  const struct stat at_open_;
};

}  // namespace

UniqueFd::~UniqueFd() {
  if (fd_ >= 0) ::close(fd_);
}

Error io_error(const std::string& doing, int error_number) {
  Error error(ErrorCode::io, doing + ": " + std::system_category().message(error_number));
  switch (error_number) {
    case EACCES:
    case EPERM:
      error.code = ErrorCode::permission_denied;
      error.hint = "check the owner and the mode of the file and of the directories above it";
      break;
    case EROFS:
      error.code = ErrorCode::permission_denied;
      error.hint = "the file system is mounted read-only";
      break;
    case ENOENT: error.code = ErrorCode::not_found; break;
    default: break;
  }
  return error;
}

Result<std::unique_ptr<Source>> make_fd_source(UniqueFd fd, std::string name) {
  struct stat found{};
  if (::fstat(fd.get(), &found) != 0) return io_error("stat " + name, errno);
  if (!S_ISREG(found.st_mode)) return Error(ErrorCode::io, name + " is not a regular file");
  // As of files in /proc.
  char first = '\0';
  if (found.st_size == 0 && ::pread(fd.get(), &first, 1, 0) > 0) {
    return Error(ErrorCode::io, name + " has content but no size", "copy it by itself: cloudkit cp FILE URL");
  }
  return std::unique_ptr<Source>(std::make_unique<FdSource>(std::move(fd), std::move(name), found));
}

Result<std::size_t> read_some(int fd, const std::string& name, std::span<char> out, const Context& context) {
  while (true) {
    if (auto status = context.check(); !status) return status.error();
    pollfd ready{fd, POLLIN, 0};
    const int found = ::poll(&ready, 1, kWakeMilliseconds);
    if (found == 0 || (found < 0 && errno == EINTR)) continue;
    const ssize_t count = ::read(fd, out.data(), out.size());
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR && errno != EAGAIN) return io_error("read " + name, errno);
  }
}

Status write_fully(int fd, Bytes bytes, const std::string& name) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = ::write(fd, bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return io_error("write " + name, errno);
    done += static_cast<std::size_t>(count);
  }
  return {};
}

}  // namespace cloudkit::tool

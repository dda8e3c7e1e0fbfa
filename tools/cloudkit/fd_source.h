#pragma once

#include <cloudkit/context.h>
#include <cloudkit/io.h>
#include <cloudkit/result.h>

#include <memory>
#include <span>
#include <string>
#include <utility>

namespace cloudkit::tool {

/// A file descriptor, closed at the end.
class UniqueFd {
 public:
  explicit UniqueFd(int fd = -1) noexcept : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~UniqueFd();

  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

 private:
  int fd_;
};

/// "DOING: REASON", with errno's reason: `permission_denied`, `not_found`, and all else is `io`.
Error io_error(const std::string& doing, int error_number);

/// An open file as it is now. Where it changes until its last read, that read is an error, so
/// that no mixture is stored. Errors: `io`, also when it is no regular file, or has content
/// but no size.
Result<std::unique_ptr<Source>> make_fd_source(UniqueFd fd, std::string name);

/// The bytes read, 0 at the end. A cancel ends a read that waits, also one that came just before it. Errors: `io`,
/// `cancelled`.
Result<std::size_t> read_some(int fd, const std::string& name, std::span<char> out, const Context& context);

/// Writes all of it. Errors: `io`.
Status write_fully(int fd, Bytes bytes, const std::string& name);

}  // namespace cloudkit::tool

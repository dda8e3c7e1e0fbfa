#pragma once

#include "core/unique_fd.h"

#include <cloudkit/result.h>

#include <functional>
#include <string>

namespace cloudkit::inline v0::ssh {

/// Where the sockets of one program's connections lie: this user's alone, and locked as long as the program lives, by
/// which others see what a program has left that was killed.
class SocketDirectory {
 public:
  /// Ends a connection that nobody will use again, by its socket.
  using End = std::function<void(const std::string& socket)>;

  /// Makes one in $TMPDIR, or /tmp, after having removed those of programs that are gone. Errors: `io`.
  static Result<SocketDirectory> make(const End& end);

  /// None yet.
  SocketDirectory() = default;
  const std::string& path() const noexcept { return path_; }
  explicit operator bool() const noexcept { return !path_.empty(); }
  /// With all that is in it.
  void remove();

 private:
  SocketDirectory(std::string path, core::UniqueFd lock) : path_(std::move(path)), lock_(std::move(lock)) {}

  std::string path_ = {};
  core::UniqueFd lock_ = {};
};

}  // namespace cloudkit::inline v0::ssh

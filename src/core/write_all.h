#pragma once

#include <cloudkit/bytes.h>

#include <unistd.h>

#include <cerrno>

namespace cloudkit::inline v0::core {

/// Loops over short writes and interruptions. False leaves the cause in errno.
inline bool write_all(int file, Bytes data) noexcept {
  for (std::size_t done = 0; done < data.size();) {
    const ssize_t count = ::write(file, data.data() + done, data.size() - done);
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) done += static_cast<std::size_t>(count);
  }
  return true;
}

}  // namespace cloudkit::inline v0::core

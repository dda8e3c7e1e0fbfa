#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <optional>

#include "core/unique_fd.h"

namespace cloudkit::inline v0::core {

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

/// No program that this one starts has its ends. Nothing, and errno, when it cannot be opened.
inline std::optional<Pipe> open_pipe() noexcept {
  std::array<int, 2> ends = {-1, -1};
#ifdef __APPLE__
  if (::pipe(ends.data()) != 0) return std::nullopt;
  for (const int fd : ends) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
#else
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
#endif
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

}  // namespace cloudkit::inline v0::core

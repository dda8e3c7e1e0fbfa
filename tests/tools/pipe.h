#pragma once

#include "support/soon.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace test {

/// To the standard input of a program.
struct Pipe {
  int ends[2] = {-1, -1};

  // The program's copy of the writing end would keep it from the end of what is written.
  Pipe() { REQUIRE(::pipe2(ends, O_CLOEXEC) == 0); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    ::close(ends[0]);
    if (ends[1] >= 0) ::close(ends[1]);
  }
  void close_writer() {
    ::close(ends[1]);
    ends[1] = -1;
  }
  /// Whether all that was written is read, soon.
  bool is_read() const {
    return soon([&] {
      int unread = 1;
      return ::ioctl(ends[0], FIONREAD, &unread) == 0 && unread == 0;
    });
  }
};

}  // namespace test

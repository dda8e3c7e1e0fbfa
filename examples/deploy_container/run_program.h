// How the examples begin and end. The same in each directory, so that each builds alone.
#pragma once

#include <cloudkit/context.h>
#include <cloudkit/result.h>

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>

/// Cancelled by SIGINT and SIGTERM.
inline const cloudkit::Context interrupted = cloudkit::Context::cancellable();

/// Reports an error. The exit code for it.
inline int fail(const cloudkit::Error& error) {
  std::cerr << error << '\n';
  return cloudkit::exit_code(error);
}

/// The first signal cancels, so that what was begun is tidied away; the second one ends the program.
inline void heed_signals() {
  for (const int signal : {SIGINT, SIGTERM}) {
    std::signal(signal, [](int) {
      for (const int next : {SIGINT, SIGTERM}) std::signal(next, SIG_DFL);
      interrupted.cancel();
    });
  }
}

/// Runs `work`, which gives an exit code, and has `value()` throw. Output that cannot be written is no success.
template <class Work>
int run_program(const Work& work) {
  // What is closed would become a file's or a connection's, and get what is printed.
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) == -1) ::open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_WRONLY);
  }
  heed_signals();
  int code = 1;
  try {
    code = work();
  } catch (const cloudkit::Exception& failure) {
    code = fail(failure.error());
  } catch (const std::exception& failure) {  // Of another library, or out of memory.
    std::cerr << failure.what() << '\n';
  }
  const bool written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  return written || code != 0 ? code : fail({cloudkit::ErrorCode::io, "standard output cannot be written"});
}

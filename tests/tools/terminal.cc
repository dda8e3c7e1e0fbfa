#include "tools/terminal.h"
#include "core/argument_pointers.h"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace test {

Terminal::Terminal(const std::vector<std::string>& words, const std::vector<std::string>& environment,
                   const std::string& directory, unsigned short columns) {
  fd_ = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  REQUIRE(fd_ >= 0);
  REQUIRE(::grantpt(fd_) == 0);
  REQUIRE(::unlockpt(fd_) == 0);
  const std::string name = ::ptsname(fd_);
  const winsize size{40, columns, 0, 0};
  ::ioctl(fd_, TIOCSWINSZ, &size);
  const auto arguments = cloudkit::core::argument_pointers(words);
  const auto variables = cloudkit::core::argument_pointers(environment);
  pid_ = ::fork();
  REQUIRE(pid_ >= 0);
  if (pid_ != 0) return;
  ::setsid();
  const int terminal = ::open(name.c_str(), O_RDWR);
  ::ioctl(terminal, TIOCSCTTY, 0);
  for (const int fd : {0, 1, 2}) ::dup2(terminal, fd);
  if (::chdir(directory.c_str()) != 0) ::_exit(126);
  ::execve(arguments[0], arguments.data(), variables.data());
  ::_exit(127);
}

Terminal::~Terminal() {
  ::close(fd_);
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void Terminal::type(const std::string& keys) {
  REQUIRE(::write(fd_, keys.data(), keys.size()) == static_cast<ssize_t>(keys.size()));
}

bool Terminal::shows(const std::string& text, std::chrono::milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (true) {
    if (const std::size_t at = screen_.find(text); at != std::string::npos) {
      screen_.erase(0, at + text.size());
      return true;
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    pollfd ready{fd_, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) <= 0) return false;
    std::array<char, 4096> part;
    const ssize_t size = ::read(fd_, part.data(), part.size());
    if (size <= 0) return false;
    screen_.append(part.data(), static_cast<std::size_t>(size));
  }
}

std::string Terminal::rest() {
  // No program writes this: a C1 control that UTF-8 does not have.
  CHECK_FALSE(shows("\xff\x9b"));
  return screen_;
}

}  // namespace test

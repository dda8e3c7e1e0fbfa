#pragma once

#include "support/read_file.h"
#include "support/temporary_directory.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <string>

namespace test {

/// Standard input, output and error are files while it lives.
class Redirected {
 public:
  explicit Redirected(const std::string& input = {}) {
    std::ofstream(directory_.file("0"), std::ios::binary) << input;
    for (int fd = 0; fd < 3; ++fd) {
      before_[static_cast<std::size_t>(fd)] = ::dup(fd);
      const int file = ::open(directory_.file(std::to_string(fd)).c_str(), O_CREAT | O_RDWR | O_APPEND, 0600);
      ::dup2(file, fd);
      ::close(file);
    }
  }
  Redirected(const Redirected&) = delete;
  Redirected& operator=(const Redirected&) = delete;
  ~Redirected() { restore(); }

  std::string output() const { return read("1"); }
  std::string error() const { return read("2"); }
  void restore() {
    for (int fd = 0; fd < 3; ++fd) {
      int& before = before_[static_cast<std::size_t>(fd)];
      if (before < 0) continue;
      ::dup2(before, fd);
      ::close(before);
      before = -1;
    }
  }

 private:
  std::string read(const std::string& name) const { return ::test::read_file(directory_.file(name)); }

  TemporaryDirectory directory_;
  std::array<int, 3> before_ = {-1, -1, -1};
};

}  // namespace test

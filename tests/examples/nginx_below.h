#pragma once

#include "files_and_ports.h"
#include "program.h"
#include "support/temporary_directory.h"

#include <doctest/doctest.h>

#include <string>

namespace examples {

inline bool has_nginx() {
  if (test::run_program("", "sh -c 'PATH=$PATH:/usr/sbin:/usr/local/sbin; command -v nginx'").exit_code == 0)
    return true;
  MESSAGE("skipped: nginx is not installed");
  return false;
}

inline std::string nginx_below(const std::string& directory) {
  return test::run_program("", "pgrep -af '[n]ginx -p " + directory + "'").output;
}

// A directory below which nginx runs, which ends with it.
class Prefix {
 public:
  ~Prefix() {
    test::run_program("", path() + "/usr/bin/systemctl stop nginx");
    CHECK(nginx_below(path()).empty());
  }
  const std::string& path() const { return directory_.path(); }
  std::string file(const std::string& name) const { return directory_.file(name); }
  std::string master() const { return read_file(file("run/nginx.pid")); }

 private:
  test::TemporaryDirectory directory_;
};

}  // namespace examples

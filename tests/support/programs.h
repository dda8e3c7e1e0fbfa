#pragma once

#include "support/read_file.h"
#include "support/soon.h"
#include "support/temporary_directory.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace test {

/// Programs for tests to run, in a directory of their own.
class Programs {
 public:
  /// A shell script that runs in that directory. Returns its path.
  std::string script(const std::string& name, const std::string& lines) {
    return file(name, "#!/bin/sh\ncd \"${0%/*}\" || exit 99\n" + lines + "\n", std::filesystem::perms::owner_all);
  }
  std::string file(const std::string& name, const std::string& text, std::filesystem::perms mode) {
    const std::string path = directory_.file(name);
    std::ofstream(path, std::ios::binary) << text;
    std::filesystem::permissions(path, mode);
    return path;
  }
  std::string read(const std::string& name) const { return ::test::read_file(directory_.file(name)); }
  const std::string& directory() const { return directory_.path(); }

 private:
  TemporaryDirectory directory_;
};

/// How many processes of a group are alive; who is dead and not yet reaped by init does not count.
inline int living_in_group(const std::string& group) {
  int living = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream in(entry.path() / "stat");
    std::string stat;
    std::getline(in, stat);
    // "PID (NAME) STATE PARENT GROUP …", with anything in NAME.
    stat.erase(0, stat.rfind(')') + 1);
    std::istringstream fields(stat);
    std::string state, parent, its_group;
    if (fields >> state >> parent >> its_group && its_group == group && state != "Z") ++living;
  }
  return living;
}

/// Waits until a group, named in a file's first line, is dead: it dies a moment after SIGKILL.
inline bool group_is_gone(const std::string& first_line) {
  const std::string group = first_line.substr(0, first_line.find('\n'));
  return !group.empty() && soon([&] { return living_in_group(group) == 0; });
}

}  // namespace test

#pragma once

#include "support/read_file.h"
#include "support/temporary_directory.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>

extern char** environ;

namespace test {

/// A home directory and an environment of the test's own: HOME is fresh, no variable of AWS is set, and EC2 is never
/// asked. All is as before at its end. For one thread at a time, as the environment is.
class Home {
 public:
  Home() {
    for (char** entry = environ; *entry != nullptr; ++entry) {
      const std::string_view text = *entry;
      const auto equals = text.find('=');
      if (equals != std::string_view::npos) before_.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    for (const auto& [name, value] : before_) {
      if (name.starts_with("AWS_")) ::unsetenv(name.c_str());
    }
    set("HOME", directory_.path());
    set("AWS_EC2_METADATA_DISABLED", "true");
  }
  ~Home() {
    for (const auto& [name, value] : changed_) {
      if (before_.count(name) == 0) ::unsetenv(name.c_str());
    }
    for (const auto& [name, value] : before_) ::setenv(name.c_str(), value.c_str(), 1);
  }
  Home(const Home&) = delete;
  Home& operator=(const Home&) = delete;

  void set(const std::string& name, const std::string& value) {
    changed_[name] = value;
    ::setenv(name.c_str(), value.c_str(), 1);
  }
  std::string path(const std::string& name) const { return directory_.file(name); }
  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    std::ofstream(path(name), std::ios::binary) << text;
    std::filesystem::permissions(path(name), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }
  std::string read(const std::string& name) const { return ::test::read_file(path(name)); }

 private:
  TemporaryDirectory directory_;
  std::map<std::string, std::string> before_;
  std::map<std::string, std::string> changed_;
};

}  // namespace test

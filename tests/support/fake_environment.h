#pragma once

#include "auth/environment.h"
#include "core/fail.h"

#include <map>
#include <string>
#include <utility>

namespace cloudkit::testing {

/// An environment of the test's own: variables, files and their permissions. HOME is /home/ada.
struct FakeEnvironment {
  std::map<std::string, std::string> variables{{"HOME", "/home/ada"}};
  std::map<std::string, std::string> files;
  std::map<std::string, unsigned> modes;  ///< Default: 0600.
  int reads = 0;
  int writes = 0;

  auth::Environment view() {
    auth::Environment environment;
    environment.variable = [this](std::string_view name) -> std::optional<std::string> {
      const auto found = variables.find(std::string(name));
      if (found == variables.end()) return std::nullopt;
      return found->second;
    };
    environment.read_file = [this](const std::string& path) -> Result<std::optional<std::string>> {
      ++reads;
      const auto found = files.find(path);
      if (found == files.end()) return std::optional<std::string>();
      if (found->second == "(broken)") return core::fail(ErrorCode::io, "read " + path + ": Input/output error");
      return std::optional(found->second);
    };
    environment.file_mode = [this](const std::string& path) -> std::optional<unsigned> {
      const auto found = modes.find(path);
      return found == modes.end() ? 0600U : found->second;
    };
    environment.replace_file = [this](const std::string& path, std::string_view text) -> Status {
      ++writes;
      files[path] = text;
      return {};
    };
    return environment;
  }
};

}  // namespace cloudkit::testing

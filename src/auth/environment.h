#pragma once

#include <cloudkit/result.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace cloudkit::inline v0::auth {

/// Variables and files of the process; injected, so that tests have an environment of their own.
struct Environment {
  std::function<std::optional<std::string>(std::string_view name)> variable;
  /// Nothing when the file does not exist. Errors: `io`.
  std::function<Result<std::optional<std::string>>(const std::string& path)> read_file;
  /// The permission bits, such as 0600. May be empty: then they are not looked at.
  std::function<std::optional<unsigned>(const std::string& path)> file_mode = {};
  /// See `core::replace_private_file`. May be empty: then nothing is written.
  std::function<Status(const std::string& path, std::string_view text)> replace_file = {};

  static const Environment& process();
};

/// An environment variable without blanks around it; empty when it is not set or blank.
std::string variable(const Environment& environment, std::string_view name);

/// Of a file with credentials: warns when everybody may read it. Errors: `permission_denied` when everybody may write
/// to it, who could make us sign as somebody else.
Status check_private_file(const Environment& environment, const std::string& path);

}  // namespace cloudkit::inline v0::auth

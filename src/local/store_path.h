#pragma once

#include <cloudkit/open.h>

#include <string>

/// Where a backend's directory is, as callers say it.
namespace cloudkit::inline v0::local {

/// Of `file:///DIR` or `local:///DIR`: absolute, without doubled and trailing slashes; "/" stays. Errors:
/// `invalid_argument`.
Result<std::string> directory_of(const Url& url);
/// The same of a path, which may be relative to the working directory. Errors: `invalid_argument`, `io`.
Result<std::string> absolute_directory(const std::string& directory);

}  // namespace cloudkit::inline v0::local

#pragma once

#include <cloudkit/result.h>

#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0::aws {

/// Takes a command apart as a POSIX shell would, but expands nothing: `$(id)`, `;` and `|` are
/// text. https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html#tag_18_02
/// Errors: `invalid_argument`: empty, an unterminated quote, a backslash at the end, a NUL. The
/// message does not show the command, whose arguments may be secrets.
Result<std::vector<std::string>> split_command(std::string_view command);

}  // namespace cloudkit::inline v0::aws

#pragma once

#include <cloudkit/context.h>
#include <cloudkit/result.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

/// What values of options and arguments stand for.
namespace cloudkit::tool {

/// "KEY=VALUE" of each. Errors: `invalid_argument`.
Result<std::map<std::string, std::string>> pairs_of(const std::vector<std::string>& texts, std::string_view option);

/// All of a file; "-" is standard input. Errors: `not_found`, `permission_denied`, `io`, `cancelled`.
Result<std::string> read_all(const std::string& path, const Context& context);

/// With where relative paths start. `not_found`.
Error no_such_file(const std::string& path);

/// "@FILE" is what is in the file, "@-" what comes on standard input, all else itself. Errors: as of
/// `read_all`.
Result<std::string> text_of(const std::string& text, const Context& context);

}  // namespace cloudkit::tool

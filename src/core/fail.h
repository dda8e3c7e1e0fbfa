#pragma once

#include <cloudkit/error.h>

#include <string>
#include <string_view>

/// Short ways to make the errors that cloudkit itself finds.
namespace cloudkit::inline v0::core {

Error fail(ErrorCode code, std::string message, std::string hint = {});
Error invalid_argument(std::string message, std::string hint = {});
Error unsupported(std::string message, std::string hint = {});
/// `io` with the text of an errno: "open /a/b: No such file or directory". Full disks and the like have a hint.
Error io_error(std::string what, int error_number);

/// Says that the URL could not be opened.
Error while_opening(Error error, std::string_view url);

}  // namespace cloudkit::inline v0::core

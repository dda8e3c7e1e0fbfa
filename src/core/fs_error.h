#pragma once

#include <cloudkit/error.h>

#include <string>

namespace cloudkit::inline v0::core {

/// `what` names the call and the path: "open /data/reports". Errors of permission are
/// `permission_denied`, names that are too long `invalid_argument`, all else is `io`.
Error fs_error(std::string what, int error_number);

}  // namespace cloudkit::inline v0::core

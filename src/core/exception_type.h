#pragma once

#include <string>

namespace cloudkit::inline v0::core {

/// Of the exception that is being handled: "std::runtime_error".
std::string current_exception_type();

}  // namespace cloudkit::inline v0::core

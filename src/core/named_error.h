#pragma once

#include <cloudkit/error.h>

#include <string>
#include <string_view>

namespace cloudkit::inline v0::core {

/// Adds what the caller asked for, and on what. Every error of a handle passes here once.
Error named(Error error, std::string_view operation, std::string resource);

}  // namespace cloudkit::inline v0::core

#pragma once

#include <string_view>

namespace cloudkit::inline v0::local::functions {

/// bootstrap.py, which stands beside this file.
std::string_view python_bootstrap() noexcept;

}  // namespace cloudkit::inline v0::local::functions

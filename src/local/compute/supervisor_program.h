#pragma once

#include <string_view>

namespace cloudkit::inline v0::local::compute {

/// The program of supervisor/, which the library carries.
std::string_view supervisor_program() noexcept;

}  // namespace cloudkit::inline v0::local::compute

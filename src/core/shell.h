#pragma once

#include <string>
#include <string_view>

namespace cloudkit::inline v0::core {

/// As a shell takes it for one word.
std::string shell_word(std::string_view text);

}  // namespace cloudkit::inline v0::core

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::tool {

/// What was probably meant by a word that is none of these; empty when none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace cloudkit::tool

#pragma once

#include <string_view>

namespace cloudkit::inline v0::core {

/// By the name's ending, without case; never by content. `otherwise` when unknown.
std::string_view content_type_of(std::string_view name,
                                 std::string_view otherwise = "application/octet-stream") noexcept;

}  // namespace cloudkit::inline v0::core

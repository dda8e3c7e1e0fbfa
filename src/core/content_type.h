#pragma once

#include <string_view>

namespace cloudkit::inline v0::core {

/// By the name's ending, without case; never by content. "application/octet-stream" when unknown.
std::string_view content_type_of(std::string_view name) noexcept;

}  // namespace cloudkit::inline v0::core

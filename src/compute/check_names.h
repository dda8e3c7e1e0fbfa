#pragma once

#include <cloudkit/result.h>

#include <cstddef>
#include <string_view>

namespace cloudkit::inline v0::compute {

// What names hosts: https://www.rfc-editor.org/rfc/rfc1035#section-2.3.1
inline constexpr std::size_t kLongestName = 63;

/// Of what is made: the intersection of what clouds take. `what` is "machine", …; `page` says so.
Status check_name(std::string_view what, std::string_view name, std::string_view page);

}  // namespace cloudkit::inline v0::compute

#pragma once

#include <cloudkit/result.h>

#include <string>
#include <string_view>

namespace cloudkit::inline v0::codec {

/// As small as it gets; the same bytes each time, as long as zlib is the same. Errors: `unknown`: no memory.
Result<std::string> gzip(std::string_view data);

}  // namespace cloudkit::inline v0::codec

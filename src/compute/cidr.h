#pragma once

#include <cloudkit/result.h>

#include <string>
#include <string_view>

namespace cloudkit::inline v0::compute {

/// "10.0.0.0/8" or "2001:db8::/32" as services write it back. Errors: `invalid_argument` for what is none, and for bits
/// beyond the prefix, which AWS would drop without a word, so that each comparison differed for ever.
Result<std::string> parse_cidr(std::string_view text);

}  // namespace cloudkit::inline v0::compute

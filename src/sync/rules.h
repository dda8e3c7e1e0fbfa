#pragma once

#include <cloudkit/result.h>
#include <cloudkit/sync.h>

#include <string_view>
#include <vector>

namespace cloudkit::inline v0::syncing {

/// Errors: `invalid_argument` for a pattern that is empty, or has an open set or a `\` at its end.
Status check_rules(const std::vector<KeyRule>& rules);
bool takes_part(std::string_view key, const std::vector<KeyRule>& rules);

/// Whether one pattern matches a whole key. Takes time in proportion to both sizes, whatever the pattern is.
bool matches(std::string_view pattern, std::string_view key);

}  // namespace cloudkit::inline v0::syncing

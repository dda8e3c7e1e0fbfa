#pragma once

#include <cloudkit/result.h>

#include <string>
#include <string_view>

namespace cloudkit::inline v0::aws {

/// Puts a whole file in the place of `path`, which nobody but its owner may read (0600): readers see the
/// old one or the new one. Its directory must exist. Errors: `io`.
Status replace_private_file(const std::string& path, std::string_view text);

}  // namespace cloudkit::inline v0::aws

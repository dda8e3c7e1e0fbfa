#pragma once

#include <cloudkit/result.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// Small files, read and written at once.
namespace cloudkit::inline v0::core {

/// Nothing when the file does not exist. Errors: `io`, also for one that is larger than `limit`.
Result<std::optional<std::string>> read_whole_file(const std::string& path, std::size_t limit);

/// Puts a whole file in the place of `path`, which nobody but its owner may read (0600): readers see the old one or the
/// new one, and so does the machine after a power cut. Its directory must exist. Errors: `io`.
Status replace_private_file(const std::string& path, std::string_view text);

}  // namespace cloudkit::inline v0::core

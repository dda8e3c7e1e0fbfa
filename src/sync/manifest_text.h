#pragma once

#include "sync/manifest.h"

#include <string>
#include <string_view>
#include <utility>

/// The first and the last line of a manifest.
namespace cloudkit::inline v0::syncing {

std::string to_line(const ManifestHeader& header);
/// Errors: `data_loss`, saying why.
Result<ManifestHeader> parse_header(std::string_view line);

std::string to_line(const ManifestFooter& footer, std::string_view sha256);
/// Nothing for a line that is none. The second is the digest.
std::optional<std::pair<ManifestFooter, std::string>> parse_footer(std::string_view line);

}  // namespace cloudkit::inline v0::syncing

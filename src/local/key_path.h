#pragma once

#include <cloudkit/result.h>

#include <string_view>

/// Keys as paths below a bucket's directory. They are the same bytes: nothing is escaped.
namespace cloudkit::inline v0::local {

/// Linux' NAME_MAX, and its PATH_MAX of 4096 less the room for a sidecar's name.
inline constexpr std::size_t kMaxSegmentSize = 255;
inline constexpr std::size_t kMaxKeySize = 4000;

/// Names that begin so are this backend's own: temporary files and sidecars.
inline constexpr std::string_view kReservedPrefix = ".ck-";
/// Of objects that are being written.
inline constexpr std::string_view kTemporaryPrefix = ".ck-tmp-";
inline bool is_reserved(std::string_view segment) { return segment.starts_with(kReservedPrefix); }

/// Errors: `invalid_argument` for a key that is not a path of plain, unreserved names.
Status check_key(std::string_view key);

}  // namespace cloudkit::inline v0::local

#pragma once

#include <cloudkit/object_types.h>
#include <cloudkit/result.h>

#include <cstdint>
#include <optional>

namespace cloudkit::inline v0::core {

struct ResolvedRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// Which bytes of an object of `size` are meant; all without a range. What lies beyond the end
/// is left out. Errors: `invalid_argument` for a range that begins at or past the end of an
/// object that is not empty.
Result<ResolvedRange> resolve_range(const std::optional<ByteRange>& range, std::uint64_t size);

}  // namespace cloudkit::inline v0::core

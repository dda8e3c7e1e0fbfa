#include "core/byte_range.h"

#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::core {

Result<ResolvedRange> resolve_range(const std::optional<ByteRange>& range, std::uint64_t size) {
  if (!range) return ResolvedRange{0, size};
  if (size == 0) return ResolvedRange{};
  if (range->from_end) {
    const std::uint64_t offset = size - std::min(range->offset, size);
    return ResolvedRange{offset, std::min(range->length, size - offset)};
  }
  if (range->offset >= size) {
    return invalid_argument(fmt::format("the range begins at {}, but the object has {} bytes", range->offset, size),
                            "head() says how many bytes there are");
  }
  return ResolvedRange{range->offset, std::min(range->length, size - range->offset)};
}

}  // namespace cloudkit::inline v0::core

#include "core/paced_source.h"

#include <algorithm>

namespace cloudkit::inline v0::core {

Result<std::size_t> PacedSource::read_at(std::uint64_t offset, std::span<char> out) const {
  const std::size_t piece = std::min(out.size(), BandwidthAccess::piece(limit_));
  auto count = source_.read_at(offset, out.first(piece));
  // Paid for once it is known how much there is: the end costs nothing.
  if (!count || *count > piece) return count;
  if (auto waited = BandwidthAccess::wait_for(limit_, *count, context_); !waited) return std::move(waited).error();
  return count;
}

std::optional<Bytes> PacedSource::contiguous() const { return limit_ ? std::nullopt : source_.contiguous(); }

const Source& unpaced(const Source& source) noexcept {
  const auto* const paced = dynamic_cast<const PacedSource*>(&source);
  return paced ? paced->unpaced() : source;
}

}  // namespace cloudkit::inline v0::core

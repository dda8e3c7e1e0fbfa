#pragma once

#include <cloudkit/io.h>

#include "core/bandwidth.h"

namespace cloudkit::inline v0::core {

/// A source whose bytes come no faster than a limit allows, a piece at a time: what sends them is as slow. Without a
/// limit it is as the source. All three must outlive it.
class PacedSource final : public Source {
 public:
  PacedSource(const Source& source, const BandwidthLimit& limit, const Context& context) noexcept
      : source_(source), limit_(limit), context_(context) {}

  std::uint64_t size() const noexcept override { return source_.size(); }
  /// Less than `out.size()` also where more will come.
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override;
  /// Never of a limited one, which would go out at once.
  std::optional<Bytes> contiguous() const override;

  const Source& unpaced() const noexcept { return source_; }

 private:
  const Source& source_;
  const BandwidthLimit& limit_;
  const Context& context_;
};

/// For who reads a source and sends nothing, as for its checksum: at full speed, and not on the limit's account.
const Source& unpaced(const Source& source) noexcept;

}  // namespace cloudkit::inline v0::core

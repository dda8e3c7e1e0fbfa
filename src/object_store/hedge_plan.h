#pragma once

#include <cloudkit/hedge.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace cloudkit::inline v0::object_store {

/// When a silent read deserves a second request, and whether one may be spent. For one thread at a time.
class HedgePlan {
 public:
  using Duration = std::chrono::steady_clock::duration;

  /// A read begins. Each earns 3 % of a second request, so that there are never more of them.
  void began() noexcept;
  /// How long it took to its first byte, or at least how long it was silent.
  void answered(Duration silence);
  /// How long a read may be silent: the 95th percentile of the latest 256 when much is saved, up to twice that when
  /// nothing is. Then those go without that would have come by themselves, and what is left is for those that hang.
  /// Nothing before 100 are known.
  std::optional<Duration> patience() const noexcept;
  /// One second request. False when none is left.
  bool spend() noexcept;
  /// It brought the bytes.
  void won() noexcept { ++counts_.won; }

  const HedgeCounts& counts() const noexcept { return counts_; }

 private:
  void estimate();

  HedgeCounts counts_;
  int saved_ = 0;                   // Percents of a request.
  std::vector<Duration> silences_;  // The latest, in a ring.
  std::size_t next_ = 0;
  std::vector<Duration> sorted_;  // Room for `estimate`.
  Duration usual_{};
};

}  // namespace cloudkit::inline v0::object_store

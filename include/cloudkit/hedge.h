#pragma once

#include <cloudkit/export.h>

#include <cstdint>
#include <memory>

namespace cloudkit::inline v0 {

/// What a `Hedge` has cost and won.
struct HedgeCounts {
  std::uint64_t reads = 0;   ///< Requests for bytes.
  std::uint64_t hedges = 0;  ///< Second requests beside one of them: at most 3 % of `reads`.
  std::uint64_t won = 0;     ///< Second requests that brought the bytes.
};

/// A second try for reads that are slow for no reason of their own. When a request has been silent for longer than 95 %
/// of the earlier ones were before their first byte, another one asks for the bytes that are missing; whichever brings
/// the next byte goes on, and the other is cancelled. At most 3 % more requests, and none before 100 reads have shown
/// what is usual. Copies share what they know and may spend: give one to reads that are alike, such as all of a bucket.
/// Reads of backends without a network are never hedged, nor is any write. The default one does nothing. Thread-safe;
/// has a thread of its own once it has seen enough.
class CLOUDKIT_API Hedge {
 public:
  Hedge() = default;
  static Hedge slow_reads();  ///< One with a memory of its own.

  explicit operator bool() const noexcept { return state_ != nullptr; }  ///< Whether it does anything.
  /// Of all copies.
  HedgeCounts counts() const;

 private:
  friend struct HedgeAccess;
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace cloudkit::inline v0

#pragma once

#include <cloudkit/export.h>

#include <cstdint>
#include <memory>

namespace cloudkit::inline v0 {

/// How fast bytes may travel. Copies share one budget: transfers that get the same limit are together not faster than
/// it, and take turns. The default one does not limit anything. Thread-safe.
class CLOUDKIT_API BandwidthLimit {
 public:
  BandwidthLimit() = default;
  /// On average, and after a rest at most a tenth of a second's bytes at once. 0: no limit.
  static BandwidthLimit bytes_per_second(std::uint64_t rate);

  explicit operator bool() const noexcept { return state_ != nullptr; }  ///< Whether it limits anything.

 private:
  friend struct BandwidthAccess;
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace cloudkit::inline v0

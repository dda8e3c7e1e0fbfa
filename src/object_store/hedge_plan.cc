#include "object_store/hedge_plan.h"

#include <algorithm>

namespace cloudkit::inline v0::object_store {
namespace {

constexpr int kEarned = 3;
constexpr int kPrice = 100;
constexpr int kMostSaved = 10 * kPrice;

constexpr std::size_t kFewestKnown = 100;
constexpr std::size_t kWindow = 256;
constexpr std::size_t kEstimateEach = 16;  // A selection among 256 costs more than all else here.
constexpr std::size_t kPercentile = 95;

}  // namespace

void HedgePlan::began() noexcept {
  ++counts_.reads;
  saved_ = std::min(saved_ + kEarned, kMostSaved);
}

void HedgePlan::answered(Duration silence) {
  if (silences_.size() < kWindow) {
    silences_.push_back(silence);
  } else {
    silences_[next_] = silence;
  }
  next_ = (next_ + 1) % kWindow;
  if (silences_.size() == kFewestKnown || (silences_.size() > kFewestKnown && next_ % kEstimateEach == 0)) estimate();
}

void HedgePlan::estimate() {
  sorted_ = silences_;
  const auto nth = sorted_.begin() + static_cast<std::ptrdiff_t>(sorted_.size() * kPercentile / 100);
  std::nth_element(sorted_.begin(), nth, sorted_.end());
  usual_ = *nth;
}

std::optional<HedgePlan::Duration> HedgePlan::patience() const noexcept {
  if (silences_.size() < kFewestKnown) return std::nullopt;
  return usual_ + usual_ * (kMostSaved - saved_) / kMostSaved;
}

bool HedgePlan::spend() noexcept {
  if (saved_ < kPrice) return false;
  saved_ -= kPrice;
  ++counts_.hedges;
  return true;
}

}  // namespace cloudkit::inline v0::object_store

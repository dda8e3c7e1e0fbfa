#include "object_store/transfer/pace.h"

#include <algorithm>

namespace cloudkit::inline v0::object_store {
namespace {

constexpr int kFirstWorkers = 2;
constexpr double kWorthwhileGain = 1.1;

}  // namespace

Pace::Pace(int most, Clock::time_point now)
    : most_(std::max(most, 1)), workers_(std::min(kFirstWorkers, most_)), since_(now) {}

void Pace::finished(std::uint64_t bytes, Clock::time_point now) {
  bytes_ += bytes;
  if (++finished_ < workers_ || !growing_) return;
  const double seconds = std::chrono::duration<double>(now - since_).count();
  const double rate = static_cast<double>(bytes_) / std::max(seconds, 1e-6);
  if (rate < best_rate_ * kWorthwhileGain || workers_ == most_) {
    growing_ = false;
    return;
  }
  best_rate_ = rate;
  workers_ = std::min(most_, workers_ + (workers_ + 1) / 2);
  finished_ = 0;
  bytes_ = 0;
  since_ = now;
}

void Pace::throttled() noexcept {
  workers_ = std::max(1, workers_ / 2);
  growing_ = false;
}

}  // namespace cloudkit::inline v0::object_store

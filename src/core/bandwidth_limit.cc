#include "core/bandwidth.h"
#include "core/token_bucket.h"

#include <mutex>
#include <utility>

namespace cloudkit::inline v0 {

struct BandwidthLimit::State {
  State(std::uint64_t rate, BandwidthAccess::Time of) : time(std::move(of)), bucket(rate, time.now()) {}

  const BandwidthAccess::Time time;
  std::mutex mutex;
  core::TokenBucket bucket;
};

BandwidthLimit BandwidthLimit::bytes_per_second(std::uint64_t rate) {
  const auto wait = [](const Context& context, Context::Clock::duration duration) {
    return context.wait_for(duration);
  };
  return BandwidthAccess::make(rate, {&Context::Clock::now, wait});
}

BandwidthLimit BandwidthAccess::make(std::uint64_t rate, Time time) {
  BandwidthLimit limit;
  if (rate > 0) limit.state_ = std::make_shared<BandwidthLimit::State>(rate, std::move(time));
  return limit;
}

std::size_t BandwidthAccess::piece(const BandwidthLimit& limit) noexcept {
  return limit.state_ ? limit.state_->bucket.piece() : SIZE_MAX;
}

Status BandwidthAccess::wait_for(const BandwidthLimit& limit, std::size_t bytes, const Context& context) {
  if (!limit.state_ || bytes == 0) return {};
  auto& state = *limit.state_;
  Context::Clock::duration wait{};
  {
    const std::scoped_lock lock(state.mutex);
    wait = state.bucket.take(bytes, state.time.now());
  }
  Status waited = wait > Context::Clock::duration::zero() ? state.time.wait(context, wait) : Status{};
  if (!waited) {
    const std::scoped_lock lock(state.mutex);
    state.bucket.give_back(bytes);
  }
  return waited;
}

}  // namespace cloudkit::inline v0

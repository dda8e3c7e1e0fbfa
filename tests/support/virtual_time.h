#pragma once

#include "core/bandwidth.h"

#include <algorithm>
#include <mutex>

namespace cloudkit::test {

/// A clock that only waiting moves on: to the end of the wait, unless another one was longer. Thread-safe.
class VirtualTime {
 public:
  using Clock = Context::Clock;

  /// A limit that lives by this clock, which must outlive it.
  BandwidthLimit limit(std::uint64_t rate) {
    return BandwidthAccess::make(
        rate, {[this] { return now(); },
               [this](const Context& context, Clock::duration duration) { return wait(context, duration); }});
  }
  double seconds() { return std::chrono::duration<double>(now().time_since_epoch()).count(); }
  double longest_wait() {
    const std::scoped_lock lock(mutex_);
    return std::chrono::duration<double>(longest_wait_).count();
  }

 private:
  Clock::time_point now() {
    const std::scoped_lock lock(mutex_);
    return seen_ = now_;
  }
  Status wait(const Context& context, Clock::duration duration) {
    if (auto going = context.check(); !going) return going;
    const std::scoped_lock lock(mutex_);
    now_ = std::max(now_, seen_ + duration);
    longest_wait_ = std::max(longest_wait_, duration);
    return {};
  }

  static inline thread_local Clock::time_point seen_;  // From where this thread's wait counts.
  std::mutex mutex_;
  Clock::time_point now_{};
  Clock::duration longest_wait_{};
};

}  // namespace cloudkit::test

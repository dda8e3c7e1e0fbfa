#pragma once

#include "object_store/hedge_plan.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace cloudkit::inline v0::object_store {

/// Looks after the reads under way, on a thread of its own that begins when enough is known of them. Thread-safe.
class HedgeWatch {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr Clock::time_point kNever = Clock::time_point::max();

  /// One read under way.
  class Read {
   public:
    virtual ~Read() = default;
    /// Helps it, if it has been silent for longer than `plan` has patience, and the plan has a request left. Returns
    /// when to look again. Waits for nothing: all reads wait meanwhile.
    virtual Clock::time_point look(Clock::time_point now, HedgePlan& plan) = 0;
  };

  explicit HedgeWatch(HedgePlan plan = {}) : plan_(std::move(plan)) {}
  HedgeWatch(const HedgeWatch&) = delete;
  HedgeWatch& operator=(const HedgeWatch&) = delete;
  /// No read is under way.
  ~HedgeWatch();

  void enter(Read& read);
  /// Nobody looks at `read` any more once this returns. `silence`: before its first byte, if one came. May be repeated.
  void leave(Read& read, std::optional<HedgePlan::Duration> silence);
  void won();
  HedgeCounts counts() const;

 private:
  void watch();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  HedgePlan plan_;
  std::vector<Read*> reads_;  // That may still be helped.
  Clock::time_point wakes_ = kNever;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace cloudkit::inline v0::object_store

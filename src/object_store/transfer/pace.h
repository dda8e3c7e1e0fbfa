#pragma once

#include <chrono>
#include <cstdint>

namespace cloudkit::inline v0::object_store {

/// How many workers a transfer deserves: two at first, more while each step up brings a tenth more
/// throughput, since a worker that brings none costs CPU only; half of them once the service
/// throttles. For one thread at a time.
class Pace {
 public:
  using Clock = std::chrono::steady_clock;

  Pace(int most, Clock::time_point now);

  int workers() const noexcept { return workers_; }
  void finished(std::uint64_t bytes, Clock::time_point now);
  void throttled() noexcept;

 private:
  const int most_;
  int workers_;
  bool growing_ = true;
  double best_rate_ = 0;  // Bytes a second.
  // What the present number of workers has done.
  int finished_ = 0;
  std::uint64_t bytes_ = 0;
  Clock::time_point since_;
};

}  // namespace cloudkit::inline v0::object_store

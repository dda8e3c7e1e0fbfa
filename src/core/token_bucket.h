#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace cloudkit::inline v0::core {

/// Grants bytes at a rate, in the order in which they are asked for; while nobody asks it saves up a tenth of a
/// second's. The clock is passed in. For one thread at a time.
class TokenBucket {
 public:
  using Clock = std::chrono::steady_clock;

  /// `rate` in bytes a second, not 0; above a terabyte it makes no difference.
  TokenBucket(std::uint64_t rate, Clock::time_point now) noexcept;

  /// The most to take at once: little enough to move steadily and to take turns.
  std::size_t piece() const noexcept { return piece_; }
  /// How long to wait before these bytes, at most a piece, may go. They are spent from now on.
  Clock::duration take(std::size_t bytes, Clock::time_point now) noexcept;
  /// Of what was taken, and did not go.
  void give_back(std::size_t bytes) noexcept;

 private:
  const std::uint64_t rate_;
  const std::size_t piece_;
  Clock::time_point spent_until_;  // When all that was taken has been earned.
  std::uint64_t rest_ = 0;         // Of the last division: a fraction of a nanosecond for each byte adds up.
};

}  // namespace cloudkit::inline v0::core

#include "core/token_bucket.h"

#include <algorithm>

namespace cloudkit::inline v0::core {
namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds kBurst = std::chrono::milliseconds(100);
constexpr std::uint64_t kPiecesPerSecond = 20;
// Together they keep a piece's nanoseconds within 64 bits.
constexpr std::uint64_t kMaxRate = 1'000'000'000'000;
constexpr std::uint64_t kMaxPiece = std::uint64_t{1} << 20;
constexpr std::uint64_t kSecond = std::nano::den;

}  // namespace

TokenBucket::TokenBucket(std::uint64_t rate, Clock::time_point now) noexcept
    : rate_(std::clamp<std::uint64_t>(rate, 1, kMaxRate)),
      piece_(static_cast<std::size_t>(std::clamp<std::uint64_t>(rate_ / kPiecesPerSecond, 1, kMaxPiece))),
      spent_until_(now - kBurst) {}

TokenBucket::Clock::duration TokenBucket::take(std::size_t bytes, Clock::time_point now) noexcept {
  const std::uint64_t price = std::min(bytes, piece_) * kSecond + rest_;
  rest_ = price % rate_;
  spent_until_ = std::max(spent_until_, now - kBurst) + nanoseconds(price / rate_);
  return std::max(spent_until_ - now, Clock::duration::zero());
}

void TokenBucket::give_back(std::size_t bytes) noexcept {
  spent_until_ -= nanoseconds(std::min(bytes, piece_) * kSecond / rate_);
}

}  // namespace cloudkit::inline v0::core

#include "http/retry.h"

#include <algorithm>

namespace cloudkit::inline v0::http {

using std::chrono::milliseconds;

bool RetryQuota::take(int cost) {
  const std::scoped_lock lock(mutex_);
  if (cost > available_) return false;
  available_ -= cost;
  return true;
}

void RetryQuota::give_back(int amount) {
  const std::scoped_lock lock(mutex_);
  available_ += std::min(amount, capacity_ - available_);
}

int RetryQuota::available() const {
  const std::scoped_lock lock(mutex_);
  return available_;
}

milliseconds retry_delay(const RetryOptions& options, RetryReason reason, int retries, std::optional<RetryHint> hint,
                         double jitter) {
  constexpr milliseconds obeyed_beyond_ours{5'000};
  milliseconds longest = reason == RetryReason::throttled ? options.throttled_base_delay : options.base_delay;
  for (int i = 0; i < retries && longest < options.max_delay; ++i) longest *= 2;
  longest = std::min(longest, options.max_delay);

  const std::chrono::duration<double, std::milli> exact(longest);
  const auto ours = std::chrono::round<milliseconds>(exact * std::clamp(jitter, 0.0, 1.0));
  if (!hint) return ours;
  return std::clamp(hint->wait, ours, std::max(ours + obeyed_beyond_ours, hint->longest));
}

RetryDecision RetryState::decide(RetryReason reason, std::optional<RetryHint> hint, double jitter) {
  using Verdict = RetryDecision::Verdict;
  if (retries_ + 1 >= options_.max_attempts) return {Verdict::attempts_spent};
  if (!quota_.take(cost(reason))) return {Verdict::quota_spent};
  last_cost_ = cost(reason);
  return {Verdict::wait, retry_delay(options_, reason, retries_++, hint, jitter)};
}

void RetryState::forgo() { quota_.give_back(last_cost_); }

void RetryState::succeeded() { quota_.give_back(retries_ == 0 ? options_.first_success_refund : last_cost_); }

int RetryState::cost(RetryReason reason) const noexcept {
  switch (reason) {
    case RetryReason::throttled: return options_.throttled_retry_cost;
    case RetryReason::timeout: return options_.timeout_retry_cost;
    case RetryReason::transient: break;
  }
  return options_.retry_cost;
}

}  // namespace cloudkit::inline v0::http

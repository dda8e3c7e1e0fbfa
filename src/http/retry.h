#pragma once

#include <cloudkit/driver/http.h>

#include "http/retry_after.h"

#include <chrono>
#include <mutex>
#include <optional>

/// The arithmetic of repeating: no clock, no luck, no I/O. The model is AWS's standard mode,
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
namespace cloudkit::inline v0::http {

/// What all requests to one endpoint share, so that an outage is not answered by a multiple of
/// the usual load. Thread-safe.
class RetryQuota {
 public:
  explicit RetryQuota(int capacity) : capacity_(capacity), available_(capacity) {}

  /// All of `cost` or nothing.
  bool take(int cost);
  /// Never above the capacity.
  void give_back(int amount);
  int available() const;

 private:
  mutable std::mutex mutex_;
  const int capacity_;
  int available_;
};

enum class RetryReason { transient, throttled, timeout };

struct RetryDecision {
  enum class Verdict { wait, attempts_spent, quota_spent };
  Verdict verdict = Verdict::wait;
  std::chrono::milliseconds wait{0};
};

/// The retries of one request.
class RetryState {
 public:
  RetryState(const RetryOptions& options, RetryQuota& quota) : options_(options), quota_(quota) {}

  /// After a failure. `jitter` is between 0 and 1.
  RetryDecision decide(RetryReason reason, std::optional<RetryHint> hint, double jitter);
  /// The retry that was just granted does not take place.
  void forgo();
  /// Gives back what the last retry took, or a little when there was none.
  void succeeded();

 private:
  int cost(RetryReason reason) const noexcept;

  const RetryOptions& options_;
  RetryQuota& quota_;
  int retries_ = 0;
  int last_cost_ = 0;
};

/// `jitter` × min(base × 2^retries, cap), then what the service asked for as far as it is
/// obeyed: at most 5 s more than our own delay, or `RetryHint::longest`.
std::chrono::milliseconds retry_delay(const RetryOptions& options, RetryReason reason, int retries,
                                      std::optional<RetryHint> hint, double jitter);

}  // namespace cloudkit::inline v0::http

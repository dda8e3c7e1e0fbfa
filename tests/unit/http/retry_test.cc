#include "http/retry.h"

#include <doctest/doctest.h>

#include <limits>

using namespace cloudkit::http;
using namespace std::chrono_literals;
using Verdict = RetryDecision::Verdict;

TEST_CASE("the quota is taken whole or not at all and never exceeds its capacity") {
  RetryQuota quota(20);
  CHECK(quota.take(14));
  CHECK_FALSE(quota.take(7));
  CHECK(quota.available() == 6);
  CHECK(quota.take(6));
  quota.give_back(std::numeric_limits<int>::max());
  CHECK(quota.available() == 20);
}

TEST_CASE("delays double from their base to the cap") {
  const RetryOptions options;
  CHECK(retry_delay(options, RetryReason::transient, 0, {}, 1) == 50ms);
  CHECK(retry_delay(options, RetryReason::transient, 1, {}, 1) == 100ms);
  CHECK(retry_delay(options, RetryReason::throttled, 0, {}, 1) == 1s);
  CHECK(retry_delay(options, RetryReason::throttled, 2, {}, 1) == 4s);
  CHECK(retry_delay(options, RetryReason::timeout, 0, {}, 1) == 50ms);
  CHECK(retry_delay(options, RetryReason::throttled, 5, {}, 1) == 20s);
  CHECK(retry_delay(options, RetryReason::transient, std::numeric_limits<int>::max(), {}, 1) == 20s);
}

TEST_CASE("jitter spreads a delay over all of its range") {
  const RetryOptions options;
  CHECK(retry_delay(options, RetryReason::throttled, 0, {}, 0) == 0ms);
  CHECK(retry_delay(options, RetryReason::throttled, 0, {}, 0.25) == 250ms);
  CHECK(retry_delay(options, RetryReason::throttled, 0, {}, 7) == 1s);
  CHECK(retry_delay(options, RetryReason::throttled, 0, {}, -7) == 0ms);
}

TEST_CASE("a service that says it is busy is obeyed for as long as the hint allows") {
  const RetryOptions options;
  CHECK(retry_delay(options, RetryReason::throttled, 0, RetryHint{30s, 60s}, 1) == 30s);
  CHECK(retry_delay(options, RetryReason::throttled, 0, RetryHint{24h, 60s}, 1) == 60s);
  CHECK(retry_delay(options, RetryReason::throttled, 0, RetryHint{24h, 0s}, 1) == 6s);
  CHECK(retry_delay(options, RetryReason::throttled, 0, RetryHint{0s, 60s}, 1) == 1s);
}

TEST_CASE("a retry that does not take place costs nothing") {
  const RetryOptions options;
  RetryQuota quota(options.quota);
  RetryState state(options, quota);
  CHECK(state.decide(RetryReason::transient, {}, 1).verdict == Verdict::wait);
  CHECK(quota.available() == 486);
  state.forgo();
  CHECK(quota.available() == 500);
}

TEST_CASE("no options allow a retry without attempts left") {
  for (const int attempts : {-1, 0, 1}) {
    RetryOptions options;
    options.max_attempts = attempts;
    RetryQuota quota(options.quota);
    RetryState state(options, quota);
    CHECK(state.decide(RetryReason::transient, {}, 1).verdict == Verdict::attempts_spent);
    CHECK(quota.available() == 500);
  }
}

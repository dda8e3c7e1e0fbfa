#include "core/token_bucket.h"

#include <doctest/doctest.h>

#include <cstdint>

using cloudkit::core::TokenBucket;
using namespace std::chrono_literals;

namespace {

using BucketTime = TokenBucket::Clock::time_point;

// When `count` pieces of `bytes` have gone, each as soon as it may.
BucketTime send(TokenBucket& bucket, int count, std::size_t bytes, BucketTime now) {
  for (int i = 0; i < count; ++i) now += bucket.take(bytes, now);
  return now;
}

}  // namespace

TEST_CASE("a tenth of a second's bytes go at once, what follows at the rate") {
  TokenBucket bucket(1000, BucketTime());
  CHECK(bucket.take(50, BucketTime()) == 0ms);
  CHECK(bucket.take(50, BucketTime()) == 0ms);
  CHECK(bucket.take(50, BucketTime()) == 50ms);
  CHECK(bucket.take(1, BucketTime() + 50ms) == 1ms);
  CHECK(send(bucket, 200, 50, BucketTime() + 51ms) == BucketTime() + 10'051ms);
}

TEST_CASE("a rest, however long, saves up a tenth of a second's bytes and no more") {
  TokenBucket bucket(1000, BucketTime());
  const BucketTime later = send(bucket, 10, 50, BucketTime()) + 24h;
  CHECK(send(bucket, 2, 50, later) == later);
  CHECK(bucket.take(50, later) == 50ms);
}

TEST_CASE("those who ask together are served one after the other") {
  TokenBucket bucket(1000, BucketTime());
  send(bucket, 2, 50, BucketTime());
  for (int i = 1; i <= 64; ++i) CHECK(bucket.take(50, BucketTime()) == i * 50ms);
}

TEST_CASE("who wakes up late loses nothing") {
  TokenBucket bucket(1000, BucketTime());
  BucketTime now{};
  for (int i = 0; i < 1000; ++i) {
    const auto wait = bucket.take(10, now);
    if (wait > 0ms) now += wait + 30ms;
  }
  CHECK(now >= BucketTime() + 9'900ms);
  CHECK(now <= BucketTime() + 9'900ms + 40ms);
}

TEST_CASE("what did not go is there for others") {
  TokenBucket bucket(1000, BucketTime());
  send(bucket, 2, 50, BucketTime());
  CHECK(bucket.take(50, BucketTime()) == 50ms);
  bucket.give_back(50);
  CHECK(bucket.take(50, BucketTime()) == 50ms);
}

TEST_CASE("fractions of a nanosecond add up") {
  for (const std::uint64_t rate : {3ULL, 7ULL, 1'000'003ULL, 3'000'000'019ULL, 999'999'999'989ULL}) {
    CAPTURE(rate);
    TokenBucket bucket(rate, BucketTime());
    std::uint64_t sent = 0;
    BucketTime now{};
    for (int i = 0; i < 100'000; ++i, ++sent) now += bucket.take(1, now);
    const double expected = static_cast<double>(sent) / static_cast<double>(rate) - 0.1;
    const double seconds = std::chrono::duration<double>(now - BucketTime()).count();
    CHECK(seconds == doctest::Approx(expected > 0 ? expected : 0).epsilon(1e-9));
  }
}

TEST_CASE("a byte a second goes one by one") {
  TokenBucket bucket(1, BucketTime());
  CHECK(bucket.piece() == 1);
  CHECK(bucket.take(1, BucketTime()) == 900ms);
  CHECK(bucket.take(1, BucketTime() + 900ms) == 1s);
}

TEST_CASE("pieces are a twentieth of a second's bytes, a mebibyte at most") {
  CHECK(TokenBucket(10'000, BucketTime()).piece() == 500);
  CHECK(TokenBucket(1'000'000'000, BucketTime()).piece() == 1 << 20);
  TokenBucket fastest(UINT64_MAX, BucketTime());
  CHECK(fastest.piece() == 1 << 20);
  CHECK(send(fastest, 50'000, 1 << 20, BucketTime()) == BucketTime());  // 52 GB, within the burst.
  CHECK(fastest.take(SIZE_MAX, BucketTime()) == 0ms);                   // Counts as a piece.
}

#include "http/progress_watch.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace std::chrono_literals;
using http::ProgressWatch;
using http::Stage;

namespace {

const ProgressWatch::Clock::time_point kStart{1000s};

http::TransportOptions options() {
  http::TransportOptions out;
  out.first_byte_timeout = 60s;
  out.stall_timeout = 30s;
  return out;
}

}  // namespace

TEST_CASE("the connect stage is left to libcurl") {
  ProgressWatch watch(options(), true, kStart);
  CHECK_FALSE(watch.overdue(Stage::connecting, 0, kStart + 24h));
}

TEST_CASE("a service may think for the first-byte timeout, no longer") {
  ProgressWatch watch(options(), true, kStart);
  CHECK_FALSE(watch.overdue(Stage::waiting, 100, kStart + 1s));
  CHECK_FALSE(watch.overdue(Stage::waiting, 100, kStart + 60s));
  CHECK(watch.overdue(Stage::waiting, 100, kStart + 61s));
}

TEST_CASE("a request may give the service more time, for the reply only") {
  ProgressWatch watch(options(), false, kStart, 15min);
  CHECK_FALSE(watch.overdue(Stage::sending, 0, kStart));
  CHECK(watch.overdue(Stage::sending, 0, kStart + 30s));
  CHECK_FALSE(watch.overdue(Stage::waiting, 100, kStart + 1min));
  CHECK_FALSE(watch.overdue(Stage::waiting, 100, kStart + 15min));
  CHECK(watch.overdue(Stage::waiting, 100, kStart + 16min));
  CHECK_FALSE(watch.overdue(Stage::receiving, 101, kStart + 17min));
  CHECK_FALSE(watch.overdue(Stage::receiving, 101, kStart + 31min));
  CHECK(watch.overdue(Stage::receiving, 101, kStart + 32min));
}

TEST_CASE("more time for the service is never less than the options give") {
  ProgressWatch watch(options(), false, kStart, 1s);
  CHECK_FALSE(watch.overdue(Stage::waiting, 100, kStart + 1s));
  CHECK_FALSE(watch.overdue(Stage::waiting, 100, kStart + 60s));
  CHECK(watch.overdue(Stage::waiting, 100, kStart + 61s));
}

TEST_CASE("bytes of a head do not prolong the wait for its end") {
  ProgressWatch watch(options(), true, kStart);
  std::uint64_t moved = 0;
  for (int second = 1; second <= 60; ++second) {
    CHECK_FALSE(watch.overdue(Stage::waiting, ++moved, kStart + std::chrono::seconds(second)));
  }
  CHECK(watch.overdue(Stage::waiting, ++moved, kStart + 61s));
}

TEST_CASE("a stream below a byte a second has stalled") {
  ProgressWatch watch(options(), true, kStart);
  CHECK_FALSE(watch.overdue(Stage::receiving, 0, kStart));
  CHECK_FALSE(watch.overdue(Stage::receiving, 29, kStart + 29s));
  CHECK(watch.overdue(Stage::receiving, 29, kStart + 30s));
}

TEST_CASE("a stream at a byte a second goes on") {
  ProgressWatch watch(options(), true, kStart);
  for (int second = 0; second <= 300; ++second) {
    CHECK_FALSE(
        watch.overdue(Stage::receiving, static_cast<std::uint64_t>(second), kStart + std::chrono::seconds(second)));
  }
}

TEST_CASE("a blank now and then keeps a buffered answer alive") {
  ProgressWatch watch(options(), false, kStart);
  std::uint64_t moved = 0;
  for (int second = 0; second <= 300; second += 25) {
    CHECK_FALSE(watch.overdue(Stage::receiving, ++moved, kStart + std::chrono::seconds(second)));
  }
  CHECK(watch.overdue(Stage::receiving, moved, kStart + 330s));
}

TEST_CASE("a new stage begins a new count") {
  ProgressWatch watch(options(), true, kStart);
  CHECK_FALSE(watch.overdue(Stage::sending, 0, kStart));
  CHECK_FALSE(watch.overdue(Stage::waiting, 0, kStart + 29s));
  CHECK_FALSE(watch.overdue(Stage::receiving, 0, kStart + 80s));
  CHECK_FALSE(watch.overdue(Stage::receiving, 0, kStart + 109s));
  CHECK(watch.overdue(Stage::receiving, 0, kStart + 110s));
}

TEST_CASE("endless limits do not overflow") {
  auto endless = options();
  endless.first_byte_timeout = std::chrono::milliseconds::max();
  endless.stall_timeout = std::chrono::seconds::max();
  ProgressWatch watch(endless, true, kStart);
  CHECK_FALSE(watch.overdue(Stage::waiting, 0, kStart));
  CHECK(watch.due() > kStart + 24h);
  CHECK_FALSE(watch.overdue(Stage::sending, 0, kStart));
  CHECK(watch.due() > kStart + 24h);
}

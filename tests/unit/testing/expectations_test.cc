#include "testing/expectations.h"

#include "room_for_one_thread.h"

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>

using namespace cloudkit;

TEST_CASE("a driver that throws in a wait that is cancelled ends its case, and not the program") {
  const testing::Expectations expectations;
  const auto throws = []() -> Status { throw std::runtime_error("a driver that throws"); };
  CHECK_THROWS_AS(expectations.expect_cancel_ends(Context::cancellable(), throws), std::runtime_error);
}

TEST_CASE("where not every thread of a case can begin, it fails, and none of them works") {
  std::atomic<int> worked = 0;
  const auto text = [&]() -> std::string {
    const test::RoomForOneThread room;
    try {
      testing::in_threads(2, [&](int) { ++worked; });
    } catch (const testing::Stop& stop) {
      return stop.outcome == testing::Outcome::failed ? stop.text : "it is no failure";
    }
    return "both have begun";
  }();
  CHECK(text.starts_with("cannot start 2 threads: "));
  CHECK(worked == 0);
  testing::in_threads(2, [&](int) { ++worked; });
  CHECK(worked == 2);
}

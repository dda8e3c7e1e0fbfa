#include "object_store/transfer/pace.h"

#include <doctest/doctest.h>

#include <vector>

using namespace cloudkit::object_store;
using namespace std::chrono_literals;

namespace {

// Parts of a megabyte, each of which takes `duration` of a worker.
struct Line {
  explicit Line(int most) : pace(most, now) {}

  // One wave: every worker finishes a part, together in `duration`.
  void wave(Pace::Clock::duration duration) {
    now += duration;
    for (int left = pace.workers(); left > 0; --left) pace.finished(1'000'000, now);
  }

  Pace::Clock::time_point now{};
  Pace pace;
};

}  // namespace

TEST_CASE("two workers begin, or as many as there may be") {
  CHECK(Line(8).pace.workers() == 2);
  CHECK(Line(1).pace.workers() == 1);
  CHECK(Line(0).pace.workers() == 1);
}

TEST_CASE("workers are added as long as each step brings a tenth more, up to the limit") {
  Line line(8);
  std::vector<int> seen;
  for (int i = 0; i < 5; ++i) {
    line.wave(100ms);  // The time of a wave stays, so the rate grows with the workers.
    seen.push_back(line.pace.workers());
  }
  CHECK(seen == std::vector{3, 5, 8, 8, 8});
}

TEST_CASE("a line that is full with two gets no more than one step") {
  Line line(8);
  for (int i = 0; i < 5; ++i) line.wave(100ms * line.pace.workers());
  CHECK(line.pace.workers() == 3);
}

TEST_CASE("throttling halves the workers, and none are added any more") {
  Line line(8);
  line.wave(100ms);
  line.wave(100ms);
  CHECK(line.pace.workers() == 5);
  line.pace.throttled();
  CHECK(line.pace.workers() == 2);
  line.wave(1ms);
  line.wave(1ms);
  CHECK(line.pace.workers() == 2);
  line.pace.throttled();
  line.pace.throttled();
  CHECK(line.pace.workers() == 1);
}

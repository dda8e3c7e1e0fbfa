#include "compute/recent_ids.h"

#include <doctest/doctest.h>

#include <string>

using cloudkit::compute::RecentIds;
using std::chrono::seconds;

namespace {

RecentIds::Clock::time_point at_second(int second) { return RecentIds::Clock::time_point(seconds(second)); }

}  // namespace

TEST_CASE("what was made is recent for two minutes, or until it is forgotten") {
  RecentIds ids;
  CHECK(ids.left("i-1", at_second(0)) == seconds(0));
  ids.add("i-1", at_second(10));
  CHECK(ids.left("i-1", at_second(10)) == seconds(120));
  CHECK(ids.left("i-1", at_second(129)) == seconds(1));
  CHECK(ids.left("i-1", at_second(131)) == seconds(0));
  ids.add("i-1", at_second(200));
  CHECK(ids.left("i-1", at_second(200)) == seconds(120));
  ids.forget("i-1");
  ids.forget("i-2");
  CHECK(ids.left("i-1", at_second(200)) == seconds(0));
}

TEST_CASE("the oldest make room, first those that are not recent any more") {
  RecentIds ids;
  for (std::size_t i = 0; i < RecentIds::kMost; ++i) ids.add("i-" + std::to_string(i), at_second(static_cast<int>(i)));
  const int now = static_cast<int>(RecentIds::kMost);
  ids.add("new", at_second(now));
  CHECK(ids.left("new", at_second(now)) == seconds(120));
  CHECK(ids.left("i-" + std::to_string(now - 1), at_second(now)) == seconds(119));
  // As many as there is room for, all of them recent.
  RecentIds full;
  for (std::size_t i = 0; i <= RecentIds::kMost; ++i) full.add("i-" + std::to_string(i), at_second(i == 0 ? 0 : 1));
  CHECK(full.left("i-0", at_second(1)) == seconds(0));
  CHECK(full.left("i-1", at_second(1)) == seconds(120));
  CHECK(full.left("i-" + std::to_string(RecentIds::kMost), at_second(1)) == seconds(120));
}

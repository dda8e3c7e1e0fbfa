#include "core/threads.h"

#include "support/no_threads.h"

#include <doctest/doctest.h>

#include <atomic>

using namespace cloudkit;

TEST_CASE("work for several threads is done by one where there are no others") {
  std::atomic<int> runs{0};
  const auto count = [&] { ++runs; };
  core::run_on_threads(4, count);
  CHECK(runs == 4);
  const cloudkit::test::NoThreads none;
  core::run_on_threads(4, count);
  CHECK(runs == 5);
}

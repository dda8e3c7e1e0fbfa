#include "core/run_aside.h"

#include "support/no_threads.h"

#include <doctest/doctest.h>

#include <thread>

using namespace cloudkit;

TEST_CASE("what runs aside runs on a thread of its own, and on its caller's where there is none") {
  const auto here = [] { return std::this_thread::get_id(); };
  CHECK(core::run_aside(here).get() != std::this_thread::get_id());
  const cloudkit::test::NoThreads none;
  CHECK_THROWS(std::thread(here).join());
  CHECK(core::run_aside(here).get() == std::this_thread::get_id());
}

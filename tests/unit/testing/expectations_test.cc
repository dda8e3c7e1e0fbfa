#include "testing/expectations.h"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace cloudkit;

TEST_CASE("a driver that throws in a wait that is cancelled ends its case, and not the program") {
  const testing::Expectations expectations;
  const auto throws = []() -> Status { throw std::runtime_error("a driver that throws"); };
  CHECK_THROWS_AS(expectations.expect_cancel_ends(Context::cancellable(), throws), std::runtime_error);
}

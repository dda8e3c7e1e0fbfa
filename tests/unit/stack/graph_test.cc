#include "stack/graph.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace cloudkit;
using namespace cloudkit::stack;

TEST_CASE("what is needed comes first, and the way around a cycle is told") {
  CHECK(in_order({{"a", {"c", "b"}}, {"b", {"c", "elsewhere"}}, {"c", {}}}).value() ==
        std::vector<std::string>{"c", "b", "a"});
  const auto around = in_order({{"a", {"b"}}, {"b", {"c", "d"}}, {"c", {}}, {"d", {"b"}}});
  REQUIRE_FALSE(around.has_value());
  CHECK(around.error().to_string() ==
        "invalid_argument: resources need each other: b -> d -> b\n"
        "  hint: one of these must do without the other's outputs");
  CHECK(in_order({{"a", {"a"}}}).error().message == "resources need each other: a -> a");
}

TEST_CASE("cycles are broken, and what leads into one or out of it stays") {
  Needs needs = {{"a", {"b", "e"}}, {"b", {"c"}}, {"c", {"a", "b", "e"}}, {"d", {"d", "a"}}, {"e", {}}};
  break_cycles(needs);
  CHECK(needs == Needs{{"a", {"e"}}, {"b", {}}, {"c", {"b", "e"}}, {"d", {"a"}}, {"e", {}}});
  CHECK(in_order(needs).value() == std::vector<std::string>{"e", "a", "b", "c", "d"});
}

TEST_CASE("a chain that is longer than a thread's stack has room for is ordered") {
  constexpr int kLength = 200'000;
  Needs needs;
  for (int i = 0; i < kLength; ++i) needs[fmt::format("{:06}", i)] = {fmt::format("{:06}", i + 1)};
  const auto order = in_order(needs);
  REQUIRE(order.has_value());
  CHECK(order->size() == kLength);
  CHECK(order->front() == fmt::format("{:06}", kLength - 1));
}

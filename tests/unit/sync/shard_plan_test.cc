#include "sync/shard_plan.h"

#include <doctest/doctest.h>

#include <utility>
#include <vector>

using namespace cloudkit;
using cloudkit::syncing::ShardPlan;
using cloudkit::syncing::ShardSampler;

namespace {

ShardPlan plan_of(int shards, const std::vector<std::pair<std::string, std::uint64_t>>& keys) {
  ShardSampler sampler;
  for (const auto& [key, size] : keys) sampler.add(key, size, {});
  ShardPlan plan;
  sampler.cut(shards, plan);
  return plan;
}

}  // namespace

TEST_CASE("ranges have about the same work") {
  std::vector<std::pair<std::string, std::uint64_t>> keys;
  for (int i = 0; i < 100'000; ++i)
    keys.emplace_back("k" + std::to_string(1'000'000 + i), i % 100 == 0 ? 10'000'000 : 0);
  const ShardPlan plan = plan_of(16, keys);
  REQUIRE(plan.ranges.size() == 16);
  std::uint64_t objects = 0;
  for (std::size_t i = 0; i < 16; ++i) {
    objects += plan.ranges[i].objects;
    CHECK(plan.ranges[i].objects > 100'000 / 16 * 97 / 100);
    CHECK(plan.ranges[i].objects < 100'000 / 16 * 103 / 100);
    CHECK(plan.ranges[i].after == (i == 0 ? "" : plan.ranges[i - 1].until));
  }
  CHECK(objects == 100'000);
  CHECK(plan.ranges[15].until.empty());

  // Bytes count, too: one object of 1 TiB is a shard's whole work.
  std::vector<std::pair<std::string, std::uint64_t>> uneven{
      {"a", 0}, {"b", 0}, {"c", std::uint64_t{1} << 40}, {"d", 0}};
  const ShardPlan by_bytes = plan_of(2, uneven);
  CHECK(by_bytes.ranges[0].until == "b");
  CHECK(by_bytes.ranges[1].objects == 2);
}

TEST_CASE("of few keys or none some ranges are empty, and the last one takes what comes later") {
  for (int count = 0; count < 4; ++count) {
    std::vector<std::pair<std::string, std::uint64_t>> keys;
    for (int i = 0; i < count; ++i) keys.emplace_back(std::string(1, static_cast<char>('a' + i)), 1);
    const ShardPlan plan = plan_of(5, keys);
    std::uint64_t objects = 0;
    for (std::size_t i = 0; i < plan.ranges.size(); ++i) {
      if (!syncing::is_empty(plan, i)) objects += plan.ranges[i].objects;
    }
    CHECK(objects == static_cast<std::uint64_t>(count));
    CHECK(!syncing::is_empty(plan, 4));
  }
}

TEST_CASE("a plan is read back, and a damaged one is refused") {
  ShardPlan plan = plan_of(3, {{"a%\n\xff", 1}, {"b/\"c", 1}, {"d", 1}});
  plan.snapshot = "2026-11-23T01-00-00Z";
  plan.header.source = "s3://reports";
  plan.header.rules = {{true, "*.gz"}, {false, "**"}};
  plan.max_path_size = 900;
  plan.above[1] = {"a", "a/b"};
  const auto read = syncing::parse_plan(to_text(plan)).value();
  CHECK(read.snapshot == plan.snapshot);
  CHECK(read.header.source == "s3://reports");
  CHECK(read.header.rules.size() == 2);
  CHECK(read.max_path_size == 900);
  CHECK(read.above == plan.above);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(read.ranges[i].after == plan.ranges[i].after);
    CHECK(read.ranges[i].until == plan.ranges[i].until);
  }
  CHECK(to_text(read) == to_text(plan));
  for (const char* broken : {"", "{}", "[]", R"({"snapshot":"../x","header":"","ranges":[]})"}) {
    CHECK(syncing::parse_plan(broken).error().code == ErrorCode::data_loss);
  }
  std::swap(plan.ranges[1], plan.ranges[2]);
  CHECK(!syncing::parse_plan(to_text(plan)));
}

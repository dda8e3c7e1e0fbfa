#include "object_store/hedge_plan.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <vector>

using cloudkit::object_store::HedgePlan;
using namespace std::chrono_literals;

namespace {

void read_after(HedgePlan& plan, HedgePlan::Duration silence) {
  plan.began();
  plan.answered(silence);
}

// With all saved that can be.
void save(HedgePlan& plan) {
  for (int i = 0; i < 1000; ++i) plan.began();
}

}  // namespace

TEST_CASE("a hedge waits until it knows what is usual") {
  HedgePlan plan;
  for (int i = 0; i < 99; ++i) {
    read_after(plan, 10ms);
    CHECK_FALSE(plan.patience());
  }
  read_after(plan, 10ms);
  CHECK(plan.patience());
}

TEST_CASE("its patience is the 95th percentile when much is saved, twice that when nothing is") {
  HedgePlan plan;
  for (int i = 1; i <= 100; ++i) plan.answered(std::chrono::milliseconds(i));
  CHECK(plan.patience() == std::optional<HedgePlan::Duration>(2 * 96ms));
  save(plan);
  CHECK(plan.patience() == std::optional<HedgePlan::Duration>(96ms));
  for (int i = 0; i < 5; ++i) CHECK(plan.spend());
  CHECK(plan.patience() == std::optional<HedgePlan::Duration>(144ms));
}

TEST_CASE("what was usual is forgotten after 256 reads, and one in twenty does not matter") {
  HedgePlan plan;
  save(plan);
  for (int i = 0; i < 300; ++i) plan.answered(10ms);
  for (int i = 0; i < 300; ++i) plan.answered(i % 21 == 0 ? 5000ms : 70ms);
  CHECK(plan.patience() == std::optional<HedgePlan::Duration>(70ms));
}

TEST_CASE("there are never more than three hedges in a hundred reads, and ten at once") {
  HedgePlan plan;
  std::uint64_t spent = 0;
  for (std::uint64_t reads = 1; reads <= 10'000; ++reads) {
    plan.began();
    if (plan.spend()) ++spent;
    REQUIRE(100 * spent <= 3 * reads);
  }
  CHECK(spent == 300);
  CHECK(plan.counts().reads == 10'000);
  CHECK(plan.counts().hedges == 300);

  save(plan);
  int at_once = 0;
  while (plan.spend()) ++at_once;
  CHECK(at_once == 10);
}

// One read after the other, each with the time that it would take alone, on no clock.
TEST_CASE("of reads that differ as a network's do, all that hang are hedged, and hardly any other") {
  HedgePlan plan;
  std::mt19937 random(7);
  std::lognormal_distribution<double> usual(0, 0.2);
  std::bernoulli_distribution hangs(0.02);
  const auto draw = [&] { return std::chrono::duration_cast<HedgePlan::Duration>(10ms * usual(random)); };
  std::vector<HedgePlan::Duration> took;
  int missed = 0;
  for (int i = 0; i < 20'000; ++i) {
    plan.began();
    const bool hung = hangs(random);
    const HedgePlan::Duration alone = hung ? 5s : draw();
    const auto patience = plan.patience();
    const bool hedged = patience && alone > *patience && plan.spend();
    if (hung && !hedged && i > 1000) ++missed;
    took.push_back(hedged ? std::min(alone, *patience + draw()) : alone);
    plan.answered(took.back());
  }
  took.erase(took.begin(), took.begin() + 1000);
  std::sort(took.begin(), took.end());
  CHECK(missed == 0);
  CHECK(took[took.size() * 99 / 100] <= 3 * took[took.size() / 2]);
  CHECK(plan.counts().hedges <= 600);
}

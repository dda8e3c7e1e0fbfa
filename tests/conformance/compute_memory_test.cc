#include "memory_machines.h"
#include "support/compute_conformance.h"

TEST_CASE("machines in memory pass the suite, every case of it") { run_compute_suite(machines::memory_harness()); }

TEST_CASE("and none is skipped") {
  for (const std::string& name : cloudkit::testing::compute_cases()) {
    const auto result = cloudkit::testing::run(name, machines::memory_harness());
    CHECK_MESSAGE(result.outcome == cloudkit::testing::Outcome::passed, name, ": ", result.text);
  }
}

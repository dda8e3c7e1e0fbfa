#pragma once

#include <cloudkit/testing/case_result.h>
#include <cloudkit/testing/conformance.h>

#include <doctest/doctest.h>

#include <cstdio>

/// Within a doctest case, each of the suite's as a subcase: `-sc=list_empty` runs one.
template <class Harness>
void run_suite(const std::vector<std::string>& cases, const Harness& harness) {
  for (const std::string& name : cases) {
    SUBCASE(name.c_str()) {
      // Unqualified, so that it is found for every kind of harness.
      const auto result = run(name, harness);
      if (result.outcome == cloudkit::testing::Outcome::skipped) {
        std::printf("skipped: %s: %s: %s\n", harness.name.c_str(), name.c_str(), result.text.c_str());
      }
      // Of these ./check makes its table.
      static constexpr const char* kOutcomes[] = {"passed", "skipped", "failed"};
      std::printf("case: %s: %s: %s\n", harness.name.c_str(), name.c_str(),
                  kOutcomes[static_cast<int>(result.outcome)]);
      std::fflush(stdout);  // Whole lines, also where errors are logged to the same place.
      CHECK_MESSAGE(result.outcome != cloudkit::testing::Outcome::failed, harness.name, ": ", name, ": ", result.text);
    }
  }
}

inline void run_object_store_suite(const cloudkit::testing::ObjectStoreHarness& harness) {
  run_suite(cloudkit::testing::object_store_cases(), harness);
}

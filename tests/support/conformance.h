#pragma once

#include <cloudkit/testing/conformance.h>

#include <doctest/doctest.h>

#include <cstdio>

/// Runs the suite within a doctest case, each of its cases as a subcase: `-sc=list_empty` runs one.
inline void run_object_store_suite(const cloudkit::testing::ObjectStoreHarness& harness) {
  for (const std::string& name : cloudkit::testing::object_store_cases()) {
    SUBCASE(name.c_str()) {
      const auto result = cloudkit::testing::run(name, harness);
      if (result.outcome == cloudkit::testing::Outcome::skipped) {
        std::printf("skipped: %s: %s: %s\n", harness.name.c_str(), name.c_str(), result.text.c_str());
      }
      CHECK_MESSAGE(result.outcome != cloudkit::testing::Outcome::failed, harness.name, ": ", name, ": ", result.text);
    }
  }
}

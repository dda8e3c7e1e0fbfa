// Your own backend behind cloudkit's handles, checked by cloudkit's own suite.
#include "run_program.h"
#include "shelf.h"

#include <cloudkit/open.h>
#include <cloudkit/testing/conformance.h>

#include <iostream>

namespace {

cloudkit::testing::ObjectStoreHarness shelf_harness() {
  cloudkit::testing::ObjectStoreHarness harness;
  harness.name = "shelf";
  harness.make_bucket = [] { return cloudkit::open_bucket("shelf://conformance", {.create = true}); };
  harness.make_store = [] { return cloudkit::open_object_store("shelf://"); };
  harness.missing_bucket = [] { return cloudkit::open_bucket("shelf://missing"); };
  return harness;
}

// All that a test framework needs to know of the suite.
int run_all(const cloudkit::testing::ObjectStoreHarness& harness) {
  int counts[3] = {};
  for (const std::string& name : cloudkit::testing::object_store_cases()) {
    const auto [outcome, text] = cloudkit::testing::run(name, harness);
    ++counts[static_cast<int>(outcome)];
    if (outcome == cloudkit::testing::Outcome::failed) std::cout << "FAILED   " << name << ": " << text << '\n';
    if (outcome == cloudkit::testing::Outcome::skipped) std::cout << "skipped  " << name << ": " << text << '\n';
  }
  std::cout << harness.name << ": " << counts[0] << " passed, " << counts[1] << " skipped, " << counts[2]
            << " failed\n";
  return counts[2];
}

}  // namespace

int main() {
  shelf::register_scheme();
  return run_program([] {
    const int failed = run_all(shelf_harness()) + run_all(cloudkit::testing::below_prefix(shelf_harness()));
    return failed == 0 ? 0 : 1;
  });
}

#include <cloudkit/open.h>
#include <cloudkit/testing/conformance.h>

#include <iostream>

// A third party's run of the suite, without a test framework.
int main() {
  int made = 0;
  cloudkit::testing::ObjectStoreHarness harness;
  harness.name = "mem";
  harness.make_bucket = [&made] {
    return cloudkit::open_bucket("mem://suite-" + std::to_string(++made), {.create = true});
  };

  int failed = 0;
  for (const auto& name : cloudkit::testing::object_store_cases()) {
    const auto result = cloudkit::testing::run(name, harness);
    if (result.outcome != cloudkit::testing::Outcome::failed) continue;
    std::cerr << name << ": " << result.text << '\n';
    ++failed;
  }
  return made > 0 && failed == 0 ? 0 : 1;
}

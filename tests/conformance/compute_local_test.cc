#include "support/compute_conformance.h"
#include "support/processes.h"
#include "support/soon.h"
#include "support/temporary_directory.h"

#include <cloudkit/open_compute.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

using namespace cloudkit;

TEST_CASE("machines on this computer pass the suite, and leave no process and no file") {
  const test::TemporaryDirectory root;
  testing::ComputeHarness harness;
  harness.name = "machines on local://";
  harness.make_compute = [&]() -> Result<Compute> {
    auto driver = ComputeRegistry::global().open("local://" + root.file("machines"));
    if (!driver) return driver.error();
    ComputeHooks hooks;
    // What takes a service seconds takes milliseconds here.
    hooks.wait = [](const Context& context, Context::Clock::duration duration) {
      return context.wait_for(std::min<Context::Clock::duration>(duration, std::chrono::milliseconds(10)));
    };
    return Compute(*std::move(driver), hooks);
  };
  harness.spec = []() -> Result<InstanceSpec> {
    InstanceSpec spec;
    spec.image = "host";
    spec.type = "local";
    return spec;
  };
  harness.image_alias = "debian-12";
  run_compute_suite(harness);

  CHECK(test::soon([&] { return test::processes_with(root.path()).empty(); }));
  for (const char* name : {"instances", "firewalls", "keys", "trash"}) {
    const std::string directory = root.file("machines") + '/' + name;
    CHECK((!std::filesystem::exists(directory) || std::filesystem::is_empty(directory)));
  }
}

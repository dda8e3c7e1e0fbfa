#pragma once

#include "support/real_shell.h"

#include <cloudkit/memory_compute.h>
#include <cloudkit/testing/compute_conformance.h>

#include <chrono>
#include <memory>
#include <string>

/// Machines in memory, whose scripts this computer's shell runs, in a directory for each; and a harness around them.
namespace machines {

using namespace cloudkit;

/// Each case has a cloud of its own. `make` turns it into a handle.
inline testing::ComputeHarness memory_harness(std::function<Compute(const memory::MemoryCompute&)> make =
                                                  [](const memory::MemoryCompute& cloud) { return cloud.compute(); }) {
  struct Now {
    memory::MemoryCompute cloud;
  };
  const auto now = std::make_shared<Now>();
  testing::ComputeHarness harness;
  harness.name = "machines on mem://";
  harness.make_compute = [now, make = std::move(make)]() -> Result<Compute> {
    memory::MemoryComputeOptions options;
    options.page_size = 3;
    options.networks.emplace_back("net-other");
    options.timeout_second = std::chrono::milliseconds(100);
    now->cloud = memory::MemoryCompute(options);
    now->cloud.set_command_handler(::test::RealShell());
    return make(now->cloud);
  };
  harness.spec = []() -> Result<InstanceSpec> {
    InstanceSpec spec;
    spec.image = "al2023";
    spec.type = "mem.small";
    return spec;
  };
  harness.network = "net-other";
  harness.image_alias = "debian-12";
  harness.delay = [now](const testing::ComputeDelays& delays) {
    memory::ComputeFaults faults;
    faults.late_looks = delays.late_looks;
    faults.pending_looks = delays.pending_looks;
    faults.stopping_looks = delays.stopping_looks;
    faults.terminating_looks = delays.terminating_looks;
    faults.agent_looks = delays.agent_looks;
    faults.busy_firewalls = delays.busy_firewalls;
    if (delays.no_capacity) faults.capacity = 0;
    now->cloud.set_faults(faults);
  };
  harness.request_count = [now] { return now->cloud.calls(); };
  harness.rule_changes = [now] { return now->cloud.rule_changes(); };
  return harness;
}

}  // namespace machines

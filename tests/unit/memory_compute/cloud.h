#pragma once

#include <cloudkit/memory_compute.h>

#include <string>
#include <utility>

/// What the tests of machines in memory are written with.
namespace cloudkit::test {

inline InstanceSpec machine_spec(std::string name = "web") {
  InstanceSpec spec;
  spec.name = std::move(name);
  spec.image = "al2023";
  spec.type = "mem.small";
  return spec;
}

/// A cloud, a handle of it, and machines that run.
struct Cloud {
  explicit Cloud(const memory::MemoryComputeOptions& options = {}) : memory(options), compute(memory.compute()) {}

  Instance running(const std::string& name = "web") const {
    const Instance made = compute.create(machine_spec(name)).value();
    return compute.wait_until(made.id, InstanceState::running).value();
  }

  memory::MemoryCompute memory;
  Compute compute;
};

template <class T>
std::string code_of(const Result<T>& result) {
  return result ? "success" : std::string(to_string(result.error().code));
}

}  // namespace cloudkit::test

#include "runtime.h"

using namespace cloudkit;
using namespace cloudkit::test;

// Each fault as a driver shows it, and that the handle copes with it.

TEST_CASE("a change that takes a while is seen as such, and waited for") {
  MemoryRuntime memory;
  memory::FunctionFaults faults;
  faults.pending_looks = 3;
  memory.functions.set_faults(faults);
  const auto driver = memory.functions.driver();
  FunctionPackage package;
  package.digest = "d1";
  FunctionSpec spec = memory.spec;
  CHECK(driver->create(spec, package, {}).value().state == FunctionState::pending);
  CHECK(driver->invoke("hello", "{}", {}).error().message == "the function is pending");
  CHECK(driver->update_code(spec, package, {}).error().message == "an update is in progress");
  for (int i = 0; i < 3; ++i) CHECK(driver->get("hello", {}, {}).value().state == FunctionState::pending);
  CHECK(driver->get("hello", {}, {}).value().state == FunctionState::active);

  package.digest = "d2";
  CHECK(driver->update_code(spec, package, {}).value().state == FunctionState::updating);
  CHECK(driver->invoke("hello", "1", {}).value().payload == "1");  // What was there still answers.
  for (int i = 0; i < 3; ++i) CHECK(driver->get("hello", {}, {}).value().state == FunctionState::updating);
  CHECK(driver->get("hello", {}, {}).value().state == FunctionState::active);

  memory.spec.memory_mib = 512;
  CHECK(memory.runtime.deploy(memory.spec).value().state == FunctionState::active);
}

TEST_CASE("a new function may be seen late") {
  MemoryRuntime memory;
  memory::FunctionFaults faults;
  faults.late_looks = 2;
  memory.functions.set_faults(faults);
  CHECK(memory.runtime.deploy(memory.spec));
}

TEST_CASE("other deployers' updates and identities that come late are waited out") {
  MemoryRuntime memory;
  memory::FunctionFaults faults;
  faults.unknown_identities = 4;
  faults.update_conflicts = 5;
  memory.functions.set_faults(faults);
  REQUIRE(memory.runtime.deploy(memory.spec));
  memory.spec.code = FunctionCode::image("registry/hello:2");
  REQUIRE(memory.runtime.deploy(memory.spec));
  faults.update_conflicts = 2;
  memory.functions.set_faults(faults);
  CHECK(memory.runtime.remove("hello"));
}

TEST_CASE("but not for ever") {
  MemoryRuntime memory;
  memory::FunctionFaults faults;
  faults.unknown_identities = 1000;
  memory.functions.set_faults(faults);
  CHECK(memory.runtime.deploy(memory.spec).error().code == ErrorCode::permission_denied);
  memory.functions.set_faults({});
  memory.deploy();
  faults = {};
  faults.update_conflicts = 100'000;
  memory.functions.set_faults(faults);
  memory.spec.memory_mib = 512;
  CHECK(memory.runtime.deploy(memory.spec).error().code == ErrorCode::conflict);
}

TEST_CASE("calls are throttled") {
  MemoryRuntime memory;
  memory.deploy();
  memory::FunctionFaults faults;
  faults.throttled_calls = 1;
  memory.functions.set_faults(faults);
  CHECK(memory.runtime.invoke("hello").error().code == ErrorCode::throttled);
  CHECK(memory.runtime.invoke("hello"));
  faults.throttled_calls = 3;
  memory.functions.set_faults(faults);
  CHECK(memory.runtime.list().value().size() == 1);
}

TEST_CASE("what is made fails") {
  MemoryRuntime memory;
  memory::FunctionFaults faults;
  faults.failing_changes = "ImageAccessDenied";
  memory.functions.set_faults(faults);
  CHECK(memory.runtime.deploy(memory.spec).error().message == "it failed: ImageAccessDenied");
  memory.functions.set_faults({});
  CHECK(memory.runtime.deploy(memory.spec));
}

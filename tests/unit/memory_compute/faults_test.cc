#include "cloud.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::test;
using enum InstanceState;
using memory::ComputeFaults;

TEST_CASE("what was just made is denied so many times, whoever asks and whatever for") {
  const Cloud cloud;
  ComputeFaults faults;
  faults.late_looks = 3;
  cloud.memory.set_faults(faults);
  const Instance made = cloud.compute.create(machine_spec()).value();
  const Compute other = Compute(cloud.memory.driver(), cloud.memory.hooks());
  CHECK(code_of(other.get(made.id)) == "not_found");
  CHECK(other.list().value().empty());
  CHECK(code_of(other.console(made.id)) == "not_found");
  CHECK(other.get(made.id));
  CHECK(other.list().value().size() == 1);
}

TEST_CASE("states take so many looks") {
  const Cloud cloud;
  ComputeFaults faults;
  faults.pending_looks = 2;
  faults.stopping_looks = 2;
  faults.terminating_looks = 1;
  cloud.memory.set_faults(faults);
  const std::string id = cloud.compute.create(machine_spec()).value().id;
  std::vector<InstanceState> seen;
  const auto look = [&] { seen.push_back(cloud.compute.get(id).value().state); };
  look(), look(), look();
  cloud.compute.stop(id).value();  // Which looks once.
  cloud.compute.list().value();    // So does a listing.
  look(), look();
  cloud.compute.destroy(id).value();
  look(), look();
  CHECK(seen == std::vector<InstanceState>{pending, pending, running, stopping, stopped, terminating, terminated});
}

TEST_CASE("an agent comes late after each boot, and until then nothing is submitted") {
  const Cloud cloud;
  ComputeFaults faults;
  faults.agent_looks = 2;
  faults.command_looks = 2;
  faults.unknown_commands = 1;
  cloud.memory.set_faults(faults);
  const std::string id = cloud.running().id;
  CHECK(code_of(cloud.memory.driver()->submit_command(id, {.script = "true"}, {})) == "unavailable");
  CHECK(cloud.compute.run(id, "true"));
  CHECK(cloud.compute.run(id, "true"));
  cloud.compute.reboot(id).value();
  CHECK(!cloud.memory.driver()->agent_ready(id, {}).value());
  CHECK(cloud.compute.wait_ready(id, {.tcp_port = 22}));
}

TEST_CASE("there is room for so many machines, and for another one when one has gone") {
  const Cloud cloud;
  ComputeFaults faults;
  faults.capacity = 1;
  cloud.memory.set_faults(faults);
  const Instance first = cloud.running();
  const auto second = cloud.compute.create(machine_spec("second"));
  CHECK(code_of(second) == "unavailable");
  CHECK(!second.error().retryable);
  CHECK(second.error().message == "there is no room for a mem.small");
  cloud.compute.destroy(first.id, {.wait = true}).value();
  CHECK(cloud.compute.create(machine_spec("second")));
}

TEST_CASE("throttled calls, identities and firewalls that are busy count down") {
  const Cloud cloud;
  ComputeFaults faults;
  faults.throttled_calls = 2;
  cloud.memory.set_faults(faults);
  const auto before = cloud.memory.now();
  CHECK(cloud.compute.list());
  CHECK(cloud.memory.now() - before >= std::chrono::seconds(6));  // 2 and 4 s.
  faults = {};
  faults.unknown_identities = 2;
  cloud.memory.set_faults(faults);
  InstanceSpec spec = machine_spec();
  CHECK(cloud.compute.create(spec));
  spec.identity = "role";
  CHECK(cloud.compute.create(spec));
  faults = {};
  faults.busy_firewalls = 3;
  cloud.memory.set_faults(faults);
  const std::string id = cloud.compute.ensure_firewall({.name = "fw"}).value().id;
  CHECK(code_of(cloud.memory.driver()->destroy_firewall(id, {})) == "conflict");
  CHECK(cloud.compute.destroy_firewall(id));
  CHECK(code_of(cloud.compute.get_firewall(id)) == "not_found");
}

TEST_CASE("calls are counted, and what was done to rules is kept") {
  const Cloud cloud;
  CHECK(cloud.memory.calls() == 0);
  cloud.compute.list().value();
  CHECK(cloud.memory.calls() == 1);
  const std::string id = cloud.compute.ensure_firewall({.name = "fw", .allow_all_outbound = false}).value().id;
  CHECK(cloud.memory.rule_changes() == std::vector<std::string>{"revoke " + id + " 1"});
}

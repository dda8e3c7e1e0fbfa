// The suite of machines on AWS's backend, against the strict fake, which checks signatures, takes its time, and runs
// what machines are told.
#include "support/aws_machines.h"
#include "support/compute_conformance.h"
#include "support/fake_compute_account.h"

#include <memory>
#include <optional>
#include <string>

using namespace cloudkit;

namespace {

nlohmann::json knobs_of(const testing::ComputeDelays& delays) {
  return {{"late_looks", delays.late_looks},
          {"pending_looks", delays.pending_looks},
          {"stop_looks", delays.stopping_looks},
          {"terminate_looks", delays.terminating_looks},
          {"agent_looks", delays.agent_looks},
          {"group_busy_looks", delays.busy_firewalls},
          {"full_zones", delays.no_capacity ? "us-west-2a,us-west-2b,us-west-2c,us-west-2d" : ""}};
}

}  // namespace

TEST_CASE("machines on AWS, against the strict fake") {
  const auto account = test::FakeComputeAccount::make();
  if (!account) return;
  const auto services = account->options<aws::ServiceOptions>();
  test::make_agent_profile(services, "agent");
  const auto log = std::make_shared<test::ActionLog>();
  testing::ComputeHarness harness;
  harness.name = "machines on aws:// (strict fake)";
  harness.make_compute = [&]() -> Result<Compute> {
    account->turn(knobs_of({}));
    return test::machines_over(services, log, 5);
  };
  harness.spec = [] {
    return test::small_machine().map([](InstanceSpec spec) {
      spec.identity = "agent";
      return spec;
    });
  };
  harness.network = test::other_network(services);
  harness.image_alias = "ubuntu-24.04";
  harness.delay = [&](const testing::ComputeDelays& delays) { account->turn(knobs_of(delays)); };
  harness.request_count = [log] { return log->count(); };
  harness.rule_changes = [log] { return log->rule_changes(); };
  harness.patience = std::chrono::seconds(20);
  run_compute_suite(harness);
}

TEST_CASE("a launch whose reply is lost makes one machine, also with a profile that is known late") {
  const auto account = test::FakeComputeAccount::make({{"role_attempts", 2}});
  if (!account) return;
  const auto services = account->options<aws::ServiceOptions>();
  test::make_agent_profile(services, "agent");
  const Compute machines = test::machines_over(services, http::make_curl_transport(), 5);
  InstanceSpec spec = test::small_machine().value();
  spec.name = "ck-lost";
  spec.identity = "agent";
  account->fail({{"RunInstances", {"LostReply"}}});
  const auto made = machines.create(spec);
  REQUIRE_MESSAGE(made, (made ? "" : made.error().to_string()));
  CHECK(machines.list({.name = "ck-lost"}).value().size() == 1);
  CHECK(account->machines().size() == 1);
}

TEST_CASE("machines are found by more ids than a filter takes") {
  const auto account = test::FakeComputeAccount::make();
  if (!account) return;
  const Compute machines = test::machines_over(account->options<aws::ServiceOptions>(), http::make_curl_transport(), 5);
  InstanceFilter filter;
  for (int i = 0; i < 7; ++i) {
    InstanceSpec spec = test::small_machine().value();
    spec.name = "ck-many-" + std::to_string(i);
    const auto made = machines.create(spec);
    REQUIRE_MESSAGE(made, (made ? "" : made.error().to_string()));
    filter.ids.push_back(made->id);
  }
  for (int i = 0; i < 600; ++i) filter.ids.push_back("i-0000000000000" + std::to_string(1000 + i));  // Of nobody.
  const auto found = machines.list(filter);
  REQUIRE_MESSAGE(found, (found ? "" : found.error().to_string()));
  CHECK(found->size() == 7);
}

TEST_CASE("where there is no default network, the error says what to do") {
  const auto account = test::FakeComputeAccount::make({{"no_default_vpc", 1}});
  if (!account) return;
  const Compute machines = test::machines_over(account->options<aws::ServiceOptions>(), http::make_curl_transport(), 5);
  const std::string hint =
      "the region has no default VPC: name a network and a subnet, or make one: aws ec2 create-default-vpc";
  InstanceSpec spec = test::small_machine().value();
  spec.name = "ck-nowhere";
  const auto launched = machines.create(spec);
  REQUIRE_FALSE(launched);
  CHECK(launched.error().code == ErrorCode::not_found);
  CHECK(launched.error().hint == hint);
  const auto firewall = machines.ensure_firewall({.name = "ck-nowhere"});
  REQUIRE_FALSE(firewall);
  CHECK(firewall.error().code == ErrorCode::not_found);
  CHECK(firewall.error().hint == hint);
}

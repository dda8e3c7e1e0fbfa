// The suite of machines on AWS's backend, against moto, which runs nothing and takes no time.
#include "support/aws_machines.h"
#include "support/compute_conformance.h"
#include "support/moto.h"

#include <memory>

using namespace cloudkit;

TEST_CASE("machines on AWS, against moto") {
  const auto services = test::options_for_moto<aws::ServiceOptions>();
  if (!services) return;
  const auto log = std::make_shared<test::ActionLog>();
  testing::ComputeHarness harness;
  harness.name = "machines on aws:// (moto)";
  harness.make_compute = [&]() -> Result<Compute> { return test::machines_over(*services, log, 5); };
  harness.spec = test::small_machine;
  harness.network = test::other_network(*services);
  harness.image_alias = "al2023";
  harness.executes = false;
  harness.request_count = [log] { return log->count(); };
  harness.rule_changes = [log] { return log->rule_changes(); };
  harness.patience = std::chrono::seconds(20);
  harness.known_deviations = {
      {"create_same_token_same_id", "moto 5.2 makes another machine by the same token"},
      {"token_other_params_conflict", "moto 5.2 makes another machine by the same token"},
      {"destroy_firewall_in_use_conflict", "moto 5.2 deletes a security group that a machine uses"},
      {"mutual_groups_destroyed", "moto 5.2 deletes a security group that another one's rule names"},
      {"key_import_list_destroy", "moto 5.2 tells of keys of ed25519 another sum than AWS"},
      {"volume_lifecycle", "moto 5.2 detaches no volume that does not say from what"},
  };
  run_compute_suite(harness);
}

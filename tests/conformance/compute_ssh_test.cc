#include "support/compute_conformance.h"
#include "support/sshd.h"
#include "support/temporary_directory.h"

#include <cloudkit/ssh.h>

TEST_CASE("a host that exists already passes what the suite asks of it") {
  const auto sshd = test::Sshd::find();
  if (!sshd) return;
  const test::TemporaryDirectory directory;
  cloudkit::testing::ComputeHarness harness;
  harness.name = "ssh";
  harness.host = "127.0.0.1";
  harness.missing_id = "web9";
  harness.directory = directory.path();
  harness.occasional_deviations = {{"wait_deadline_reports_last_state",
                                    "a look is a session of ssh, which takes a busy computer longer than 100 ms"}};
  harness.make_compute = [&] {
    cloudkit::ssh::SshOptions options;
    options.host = harness.host;
    options.user = sshd->user();
    options.port = sshd->port();
    options.connection = sshd->connection();
    return cloudkit::ssh::make_compute(options);
  };
  run_compute_suite(harness);
}

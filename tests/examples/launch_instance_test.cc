#include "moto.h"
#include "program.h"
#include "support/contains.h"
#include "support/temporary_directory.h"

#include <cloudkit/compute.h>

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>

namespace {

using test::contains;

struct Fixture {
  test::TemporaryDirectory directory;
  std::string local = "local://" + directory.file("machines");

  ~Fixture() {
    if (!std::filesystem::exists(directory.file("machines"))) return;
    for (const auto& machine : machines().list().value()) (void)machines().destroy(machine.id, {.wait = true});
  }
  cloudkit::Compute machines() const { return cloudkit::open_compute(local).value(); }
  examples::Outcome launch(const std::string& more, const std::string& on, const std::string& variables = "") const {
    return examples::run(directory.path(), variables, LAUNCH_INSTANCE_PROGRAM " --on '" + on + "' " + more);
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a machine is launched behind its firewall, found again, and nothing of it is left") {
  const auto launched = launch("--name example", local);
  CHECK(launched.exit_code == 0);
  CHECK(contains(launched.output, "image al2023 is host\nfirewall example-ssh ("));
  CHECK(contains(launched.output, ") lets tcp 22 in from 0.0.0.0/0, and everything out\nlaunched example ("));
  CHECK(contains(launched.output, "  running  127.0.0.1\nrun: cloudkit vm run example 'uname -a' --on 'local://"));

  const auto again = launch("--name example", local);
  CHECK(again.exit_code == 0);
  CHECK(again.output.starts_with("example is there already\nfirewall example-ssh ("));
  CHECK_FALSE(contains(again.output, "launched"));
  const auto other = launch("--name example --from 10.0.0.0/8 --type other", local);
  CHECK(other.exit_code == 0);
  CHECK(contains(other.output, "it stays as it is: --image, --type and --key are for new ones\n"));
  CHECK(contains(other.output, ") lets tcp 22 in from 10.0.0.0/8, and everything out\n"));
  const auto rules = machines().get_firewall("example-ssh").value().rules;
  CHECK(std::any_of(rules.begin(), rules.end(), [](const cloudkit::FirewallRule& rule) {
    return rule.from == 22 && rule.cidrs == std::vector<std::string>{"10.0.0.0/8"};
  }));

  const auto destroyed = launch("--name example --destroy", local);
  CHECK(destroyed.exit_code == 0);
  CHECK(destroyed.output.starts_with("destroyed example ("));
  CHECK(destroyed.output.ends_with(")\nthe firewall example-ssh is gone\n"));
  const auto gone = launch("--name example --destroy", local);
  CHECK(gone.exit_code == 0);
  CHECK(gone.output == "there is no machine example\nthe firewall example-ssh is gone\n");
}

TEST_CASE_FIXTURE(Fixture, "a machine that was stopped is started") {
  REQUIRE(launch("--name example", local).exit_code == 0);
  const auto compute = machines();
  const std::string id = compute.find("example").value().id;
  REQUIRE(compute.stop(id));
  const auto started = launch("--name example", local);
  CHECK(started.exit_code == 0);
  CHECK(contains(started.output, "\nstarted example (" + id + ")\n"));
  CHECK(contains(started.output, id + "  running  "));
}

TEST_CASE_FIXTURE(Fixture, "of two runs at once one says that there are two machines, and --destroy takes both away") {
  const std::string one = LAUNCH_INSTANCE_PROGRAM " --name example --on " + local;
  const auto both =
      examples::run(directory.path(), "", "sh -c '" + one + " & " + one + "; s=$?; wait $! || s=$?; exit $s'");
  const auto made = machines().list().value().size();
  if (made > 1) CHECK(contains(both.output, "conflict: another run has made example, too: i-"));
  CHECK(both.exit_code == (made > 1 ? 1 : 0));

  // As when both looked before either made one.
  const auto compute = machines();
  cloudkit::InstanceSpec spec{.name = "example", .image = "al2023", .type = "any"};
  spec.tags = {{"made-by", "launch_instance"}};
  REQUIRE(compute.create(spec));
  const auto theirs = compute.create({.name = "example", .image = "al2023", .type = "any"}).value();
  const auto again = launch("--name example", local);
  CHECK(again.exit_code == 1);
  CHECK(contains(again.output, "conflict: another run has made example, too: i-"));
  const auto destroyed = launch("--name example --destroy", local);
  CHECK_MESSAGE(destroyed.exit_code == 0, destroyed.output);
  for (const auto& machine : compute.list().value()) {
    CHECK((machine.id == theirs.id) == (machine.state != cloudkit::InstanceState::terminated));
  }
}

TEST_CASE_FIXTURE(Fixture, "what others have made is neither adopted nor changed nor destroyed") {
  const auto compute = machines();
  const auto theirs = compute.create({.name = "example", .image = "al2023", .type = "any"}).value();
  for (const char* more : {"", " --destroy"}) {
    const auto refused = launch(std::string("--name example") + more, local);
    CHECK(refused.exit_code == 1);
    CHECK(contains(refused.output,
                   "example (" + theirs.id + ") is there, and launch_instance did not make it\n  hint: "));
  }
  CHECK(compute.get(theirs.id).value().state != cloudkit::InstanceState::terminated);
  REQUIRE(compute.destroy(theirs.id, {.wait = true}));

  cloudkit::FirewallSpec spec;
  spec.name = "example-ssh";
  spec.rules = {{.from = 443, .to = 443, .cidrs = {"10.0.0.0/8"}}};
  const auto firewall = compute.ensure_firewall(spec).value();
  for (const char* more : {"", " --destroy"}) {
    const auto refused = launch(std::string("--name example") + more, local);
    CHECK(refused.exit_code == 1);
    CHECK(contains(refused.output, "example-ssh (" + firewall.id + ") is there, and launch_instance did not make it"));
  }
  CHECK(compute.get_firewall("example-ssh").value().rules == firewall.rules);
  REQUIRE(compute.destroy_firewall("example-ssh"));
}

TEST_CASE_FIXTURE(Fixture, "on AWS's API every call is made, and nothing is left") {
  const auto moto = examples::find_moto();
  if (!moto) return;
  const std::string on = moto->on("us-west-2");
  const std::string keys = moto->variables();
  const auto launched = launch("--name example", on, keys);
  CHECK(launched.exit_code == 0);
  CHECK(launched.output.starts_with("image al2023 is ami-"));
  CHECK(contains(launched.output, "\nfirewall example-ssh (sg-"));
  CHECK(contains(launched.output, "\nlaunched example (i-"));
  CHECK(contains(launched.output, "\nrun: ssh ec2-user@"));
  CHECK(contains(launched.output, "\nit has no key: without --key nobody can log in\n"));
  // Who may log in is the image's, and what is asked for now does not change it.
  CHECK(contains(launch("--name example --image debian-12", on, keys).output, "\nrun: ssh ec2-user@"));
  const auto destroyed = launch("--name example --destroy", on, keys);
  CHECK(destroyed.exit_code == 0);
  CHECK(destroyed.output.ends_with("\nthe firewall example-ssh is gone\n"));
  CHECK(launch("--name example --destroy", on, keys).output.starts_with("there is no machine example\n"));
}

TEST_CASE_FIXTURE(Fixture, "without credentials the error says where they were looked for") {
  const auto outcome = launch("--name example", "aws://us-west-2?endpoint=http://127.0.0.1:1");
  CHECK(outcome.exit_code == 4);
  CHECK(contains(outcome.output, "AWS_ACCESS_KEY_ID"));
}

TEST_CASE_FIXTURE(Fixture, "what cannot be is refused before anything is made") {
  const auto image = launch("--name example --image windows-95", local);
  CHECK(image.exit_code == 2);
  CHECK(contains(image.output, "windows-95"));
  CHECK(contains(image.output, "al2023"));
  CHECK_FALSE(contains(image.output, "firewall"));
  const auto name = launch("--name Example", local);
  CHECK(name.exit_code == 2);
  CHECK_FALSE(contains(name.output, "launched"));
  const auto cidr = launch("--name example --from 10.0.0.1/8", local);
  CHECK(cidr.exit_code == 2);
  CHECK(contains(cidr.output, "10.0.0.1/8"));
  CHECK(contains(cidr.output, "\n  hint: "));
  CHECK(launch("", local).exit_code == 2);
  const auto scheme = launch("--name example", "s3://bucket");
  CHECK(scheme.exit_code == 2);
  CHECK(contains(scheme.output, "known are: "));
}

// A machine behind a firewall as a stack, from the file and from C++: on this machine, and on AWS's API.
#include "examples/moto.h"
#include "examples/program.h"
#include "faults/scripted_server.h"
#include "support/contains.h"
#include "support/temporary_directory.h"

#include <cloudkit/compute.h>

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

namespace {

using test::contains;

struct Fixture {
  test::TemporaryDirectory directory;
  std::string states = "file://" + directory.file("states");

  examples::Outcome from_cpp(const std::string& what, const std::string& on, const std::string& variables = {}) const {
    return examples::run(directory.path(), variables,
                         STACK_PROGRAM " " + what + " --on '" + on + "' --state '" + states + "'");
  }
  examples::Outcome from_file(const std::string& what, const std::string& on, const std::string& variables = {}) const {
    return examples::run(directory.path(), variables,
                         CLOUDKIT_PROGRAM " stack " + what + " " STACK_FILE " --name example --on '" + on +
                             "' --state '" + states + "/stacks/example.json'");
  }
  static std::vector<cloudkit::Instance> running(const cloudkit::Compute& compute) {
    cloudkit::InstanceFilter filter;
    filter.name = "example-instance";
    filter.states = {cloudkit::InstanceState::pending, cloudkit::InstanceState::running};
    return compute.list(filter).value();
  }
};

const std::string kNothing = "No changes: example is as declared.\n";

}  // namespace

TEST_CASE_FIXTURE(Fixture, "on this machine: planned, made, unchanged, repaired and taken away") {
  const std::string on = "local://" + directory.file("cloud");
  const auto compute = cloudkit::open_compute(on).value();
  const auto planned = from_cpp("plan", on);
  CHECK(planned.exit_code == 0);
  CHECK(contains(planned.output, "  + create firewall.example\n"));
  CHECK(contains(planned.output, "  + create instance.example\n"));
  CHECK(running(compute).empty());

  const auto applied = from_cpp("apply", on);
  CHECK(applied.exit_code == 0);
  CHECK(contains(applied.output, "\naddress = 127.0.0.1\n"));
  REQUIRE(running(compute).size() == 1);
  const std::string first = running(compute)[0].id;
  CHECK(from_cpp("plan", on).output == kNothing);

  REQUIRE(compute.set_rules("example", {{.from = 443, .to = 443, .cidrs = {"10.0.0.0/8"}}}));
  REQUIRE(compute.destroy(first, {.wait = true}));
  const auto repaired = from_cpp("apply", on);
  CHECK(contains(repaired.output, "  + create instance.example: it is gone\n"));
  CHECK(contains(repaired.output, "  ~ update firewall.example ("));
  CHECK(contains(repaired.output, "# changed by somebody else\n"));
  CHECK(running(compute).size() == 1);
  CHECK(from_cpp("plan", on).output == kNothing);

  CHECK(from_cpp("destroy", on).exit_code == 0);
  CHECK(running(compute).empty());
  CHECK(compute.list_firewalls().value().empty());
  const auto wrong = from_cpp("apply", "nowhere://x");
  CHECK(wrong.exit_code == 2);
  CHECK(contains(wrong.output, "known are: "));
}

TEST_CASE_FIXTURE(Fixture, "wrong usage is 2, and SIGTERM is heeded: no lock stays behind") {
  for (const char* words : {"", "nonsense --on mem:// --state mem://x", "apply --on mem://"}) {
    CHECK(examples::run(directory.path(), "", std::string(STACK_PROGRAM) + " " + words).exit_code == 2);
  }
  faults::ScriptedServer server;
  server.always(faults::Script{faults::stall()});
  const std::string lock = directory.file("states/stacks/example.json.lock");
  bool was_locked = false;
  const auto told = examples::run_until_sigterm(
      directory.path(), "AWS_ACCESS_KEY_ID=AKIAFORSTACK AWS_SECRET_ACCESS_KEY=cktest-stack-2b90 ",
      STACK_PROGRAM " apply --on 'aws://us-west-2?endpoint=http://" + server.host() + "' --state '" + states + "'",
      [&](const std::string&) {
        was_locked = !server.requests().empty() && std::filesystem::exists(lock);
        return was_locked;
      });
  CHECK(told.exit_code == 130);
  CHECK(contains(told.output, "cancelled"));
  CHECK(was_locked);
  CHECK_FALSE(std::filesystem::exists(lock));
}

TEST_CASE_FIXTURE(Fixture, "on AWS's API the file and the C++ are the same stack") {
  const auto moto = examples::find_moto();
  if (!moto) return;
  const std::string keys = moto->variables() + "AWS_EC2_METADATA_DISABLED=true ";
  const std::string on = moto->on("us-west-2");
  const auto planned = from_file("plan --detailed-exitcode", on, keys);
  CHECK_MESSAGE(planned.exit_code == 2, planned.output);
  CHECK(contains(planned.output, "      image: \"ami-0c55b159cbfafe1f0\"\n"));
  // That image is of another region: what was made until then is there, and the next run goes on from it.
  const auto failed = from_file("apply --yes", on, keys);
  CHECK(failed.exit_code == 3);
  CHECK(contains(failed.output, "InvalidAMIID.NotFound"));
  CHECK(contains(failed.output, "\n  hint: ids are per region; region is us-west-2\n"));
  CHECK(contains(failed.output, "\n1 created, 0 updated, 0 replaced, 0 removed, 1 not done\n"));
  const std::string image = " --var image=al2023";
  const auto applied = from_file("apply --yes" + image, on, keys);
  CHECK_MESSAGE(applied.exit_code == 0, applied.output);
  CHECK(contains(applied.output, "\n1 created, 0 updated, 0 replaced, 0 removed\naddress = "));
  CHECK(from_file("plan --detailed-exitcode" + image, on, keys).output == kNothing);
  const auto from_both = from_cpp("plan --image al2023", on, keys);
  CHECK_MESSAGE(from_both.output == kNothing, from_both.output);

  // Somebody takes the machine away by hand.
  const auto removed =
      examples::run(directory.path(), keys, CLOUDKIT_PROGRAM " vm rm example-instance --wait --on '" + on + "'");
  CHECK_MESSAGE(removed.exit_code == 0, removed.output);
  const auto repaired = from_file("apply --yes" + image, on, keys);
  CHECK(contains(repaired.output, "  + create instance.example: it is gone\n"));
  CHECK(contains(repaired.output, "\n1 created, 0 updated, 0 replaced, 0 removed\n"));
  CHECK(from_file("plan --detailed-exitcode" + image, on, keys).exit_code == 0);

  const auto destroyed = from_file("destroy --yes", on, keys);
  CHECK_MESSAGE(destroyed.exit_code == 0, destroyed.output);
  CHECK(contains(destroyed.output, "0 created, 0 updated, 0 replaced, 2 removed\n"));
  CHECK(contains(from_file("plan", on, keys).output, "  + create instance.example\n"));
}

#include "program.h"
#include "support/temporary_directory.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

struct Fixture {
  test::TemporaryDirectory directory;
  std::string local = "local://" + directory.file("machines");

  ~Fixture() {
    if (std::filesystem::exists(directory.file("machines"))) launch("--name example --destroy", local);
  }
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
  CHECK(again.output.starts_with("example is there already\n"));

  const auto destroyed = launch("--name example --destroy", local);
  CHECK(destroyed.exit_code == 0);
  CHECK(destroyed.output.starts_with("destroyed example ("));
  CHECK(destroyed.output.ends_with(")\nthe firewall example-ssh is gone\n"));
  const auto gone = launch("--name example --destroy", local);
  CHECK(gone.exit_code == 0);
  CHECK(gone.output == "there is no machine example\nthe firewall example-ssh is gone\n");
}

TEST_CASE_FIXTURE(Fixture, "on AWS's API every call is made, and nothing is left") {
  const char* moto = std::getenv("CLOUDKIT_TEST_MOTO_URL");
  const char* secret = std::getenv("CLOUDKIT_TEST_MOTO_SECRET");
  const char* key = std::getenv("CLOUDKIT_TEST_MOTO_KEY");
  if (moto == nullptr || secret == nullptr || key == nullptr) {
    MESSAGE("skipped: CLOUDKIT_TEST_MOTO_URL is not set");
    return;
  }
  const std::string on = std::string("aws://us-west-2?endpoint=") + moto;
  const std::string keys = std::string("AWS_ACCESS_KEY_ID=") + key + " AWS_SECRET_ACCESS_KEY=" + secret + " ";
  const auto launched = launch("--name example", on, keys);
  CHECK(launched.exit_code == 0);
  CHECK(launched.output.starts_with("image al2023 is ami-"));
  CHECK(contains(launched.output, "\nfirewall example-ssh (sg-"));
  CHECK(contains(launched.output, "\nlaunched example (i-"));
  CHECK(contains(launched.output, "\nrun: ssh ec2-user@"));
  CHECK(contains(launched.output, "\nit has no key: without --key nobody can log in\n"));
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

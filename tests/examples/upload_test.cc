#include "faults/scripted_server.h"
#include "program.h"
#include "support/read_file.h"
#include "support/temporary_directory.h"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <fstream>
#include <string>

namespace {

using examples::Outcome;

constexpr const char* kKeys =
    "AWS_ACCESS_KEY_ID=AKIAFORUPLOAD AWS_SECRET_ACCESS_KEY=cktest-upload-secret-51f0 "
    "AWS_SESSION_TOKEN=cktest-uploadsession-secret-88c2 ";

Outcome upload(const std::string& home, const std::string& arguments, const std::string& variables = "") {
  return examples::run(home, variables, UPLOAD_PROGRAM " " + arguments);
}

// A request was sent and logged, but not what proves who sent it.
void check_log(const Outcome& outcome) {
  CHECK(outcome.log.find("\ncloudkit trace: request method=PUT ") != std::string::npos);
  for (const char* secret : {"cktest-", "Signature", "Credential=", "uthorization"}) {
    CHECK_MESSAGE((outcome.log + outcome.output).find(secret) == std::string::npos, secret);
  }
}

struct Fixture {
  test::TemporaryDirectory directory;
  std::string home = directory.path();
  std::string file = home + "/report.txt";
  Fixture() { std::ofstream(file) << "twelve bytes"; }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a file is uploaded under its own name, and the bucket made when asked for") {
  const auto outcome = upload(home, file + " file://" + home + "/bucket --create");
  CHECK(outcome.output == "uploaded 12 bytes to file://" + home + "/bucket/report.txt\n");
  CHECK(outcome.exit_code == 0);
  CHECK(::test::read_file(home + "/bucket/report.txt") == "twelve bytes");
}

TEST_CASE_FIXTURE(Fixture, "a missing file") {
  const auto outcome = upload(home, home + "/nothing file://" + home + "/bucket --create");
  CHECK(outcome.output.find("upload " + home + "/nothing: no such file\n  hint: a relative path starts at ") == 0);
  CHECK(outcome.exit_code == 3);
  CHECK_FALSE(std::ifstream(home + "/bucket").good());
}

TEST_CASE_FIXTURE(Fixture, "a directory, or a file that may not be read: nothing is created for it") {
  auto outcome = upload(home, home + " file://" + home + "/bucket --create");
  CHECK(outcome.output == "upload " + home +
                              ": is not a regular file\n  hint: name one file; those of a directory are uploaded one "
                              "by one\n");
  CHECK(outcome.exit_code == 1);
  CHECK_FALSE(std::ifstream(home + "/bucket").good());

  REQUIRE(::chmod(file.c_str(), 0) == 0);
  if (std::ifstream(file).good()) return;  // root may read all
  outcome = upload(home, file + " file://" + home + "/bucket --create");
  CHECK(outcome.output == "upload " + file + ": cannot be read\n  hint: check its permissions and its directories'\n");
  CHECK(outcome.exit_code == 1);
  CHECK_FALSE(std::ifstream(home + "/bucket").good());
}

TEST_CASE_FIXTURE(Fixture, "a missing bucket: what to type, not what to call") {
  const auto outcome = upload(home, file + " file://" + home + "/bucket");
  CHECK(outcome.output == "put file://" + home +
                              "/bucket/report.txt: NoSuchBucket: there is no bucket \"bucket\"\n  hint: check its "
                              "name, or give --create to make it\n");
  CHECK(outcome.exit_code == 3);
}

TEST_CASE_FIXTURE(Fixture, "missing credentials: each place that was looked at, and what to do") {
  const auto outcome = upload(home, file + " s3://reports?region=eu-west-1");
  CHECK(outcome.output ==
        "put s3://reports/report.txt: unauthenticated, eu-west-1: no credentials found. Environment: AWS_ACCESS_KEY_ID "
        "and AWS_SECRET_ACCESS_KEY are not set. Profile files: there is no profile \"default\" in " +
            home + "/.aws/config or " + home +
            "/.aws/credentials. Web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set. Container: "
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and AWS_CONTAINER_CREDENTIALS_FULL_URI are not set. EC2 instance: "
            "AWS_EC2_METADATA_DISABLED is true.\n"
            "  hint: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws configure` or `aws configure sso`\n");
  CHECK(outcome.exit_code == 4);
}

TEST_CASE_FIXTURE(Fixture, "a bucket that is not the caller's") {
  faults::ScriptedServer server;
  server.always(faults::reply(
      403, "<Error><Code>AccessDenied</Code><Message>Access Denied</Message><RequestId>4ZF</RequestId></Error>"));
  const auto outcome = upload(home, file + " 's3://reports?endpoint=http://" + server.host() + "'", kKeys);
  CHECK(outcome.output == "put s3://reports/report.txt: AccessDenied (403) after 1 attempt, " + server.host() +
                              ", request 4ZF: Access Denied\n  hint: the credentials (the environment, AKIA…OAD) may "
                              "lack s3:PutObject on this bucket, or its policy denies it\n");
  check_log(outcome);
  CHECK(outcome.exit_code == 4);
}

TEST_CASE_FIXTURE(Fixture, "a closed port") {
  std::string host;
  {
    const faults::ScriptedServer server;
    host = server.host();
  }
  const auto outcome = upload(home, file + " 's3://reports?endpoint=http://" + host + "'", kKeys);
  CHECK(outcome.output == "put s3://reports/report.txt: unavailable after 4 attempts, " + host +
                              ": cannot connect to " + host +
                              ": Connection refused\n  hint: is a server listening on " + host + "?\n");
  check_log(outcome);
  CHECK(outcome.exit_code == 5);
}

TEST_CASE_FIXTURE(Fixture, "words that make no call") {
  CHECK(upload(home, "").exit_code == 2);
  CHECK(upload(home, file).exit_code == 2);
  const auto outcome = upload(home, file + " ftp://reports");
  CHECK(
      outcome.output.starts_with("open ftp://reports: invalid_argument: unknown scheme \"ftp\"\n  hint: known are: "));
  CHECK(outcome.exit_code == 2);
}

TEST_CASE_FIXTURE(Fixture, "SIGTERM is heeded as Ctrl-C is") {
  faults::ScriptedServer server;
  server.always(faults::Script{faults::stall()});
  const auto outcome = examples::run_until_sigterm(
      home, kKeys, UPLOAD_PROGRAM " " + file + " 's3://reports?endpoint=http://" + server.host() + "'",
      [&](const std::string&) { return !server.requests().empty(); });
  CHECK(outcome.exit_code == 130);
  CHECK(outcome.output.find(": cancelled") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "output that cannot be written is no success") {
  for (const char* output : {">/dev/full", ">&-"}) {
    const auto outcome = examples::run(
        home, "", "sh -c '" UPLOAD_PROGRAM " " + file + " file://" + home + "/bucket --create " + output + "'");
    CHECK(outcome.exit_code == 1);
    CHECK(outcome.output == "io: standard output cannot be written\n");
    CHECK(::test::read_file(home + "/bucket/report.txt") == "twelve bytes");
  }
  CHECK(examples::run(home, "", "sh -c '" UPLOAD_PROGRAM " --help >/dev/full'").exit_code == 1);
}

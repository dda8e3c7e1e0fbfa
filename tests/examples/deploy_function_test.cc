#include "moto.h"
#include "program.h"
#include "support/contains.h"
#include "support/more_time.h"
#include "support/temporary_directory.h"

#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

namespace {

struct Fixture {
  test::TemporaryDirectory directory;
  test::TemporaryDirectory outside;
  std::string local = "local://" + directory.file("functions");

  examples::Outcome deploy(const std::string& code, const std::string& more, const std::string& on,
                           const std::string& variables = "") const {
    return examples::run(directory.path(), variables,
                         DEPLOY_FUNCTION_PROGRAM " " + code + " --name hello --on '" + on + "' " + more);
  }
};

constexpr const char* kPython = HELLO_PYTHON;
constexpr const char* kTrigger = "--handler app.handler --expose 'GET /hello' --stage dev";

using test::contains;

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a Python function is deployed, exposed, and called by its URL; then nothing is left") {
  for (int run = 0; run < 2; ++run) {  // The second finds everything as it is.
    const auto outcome = deploy(kPython, kTrigger, local);
    CHECK_MESSAGE(outcome.exit_code == 0, outcome.output);
    CHECK(contains(outcome.output, "deployed hello ("));
    CHECK(contains(outcome.output, "/dev/hello\n200 {\"message\": \"hello, cloud\", "));
  }
  CHECK(deploy("", "--remove", local).output == "removed hello and all that belonged to it\n");
  const auto gone = deploy("", "--remove", local);
  CHECK(gone.exit_code == 0);
}

TEST_CASE_FIXTURE(Fixture, "a C++ function is deployed, exposed, and called by its URL") {
  const auto outcome =
      deploy(REST_API_PROGRAM, "--expose 'GET /' --stage dev --env BUCKET=file://" + directory.file("objects"), local);
  CHECK_MESSAGE(outcome.exit_code == 0, outcome.output);
  CHECK(contains(outcome.output, "/dev\n200 "));
}

TEST_CASE_FIXTURE(Fixture, "a C++ function that no trigger calls is invoked") {
  const auto outcome = deploy(ECHO_FUNCTION_PROGRAM, "", local);
  CHECK_MESSAGE(outcome.exit_code == 0, outcome.output);
  CHECK(outcome.output.ends_with("\n{}\n"));
}

TEST_CASE_FIXTURE(Fixture, "a missing directory, a wrong trigger and missing code are refused by name") {
  const auto missing = deploy("no-such-place", kTrigger, local);
  CHECK(missing.exit_code == 3);
  CHECK(contains(missing.output, "no-such-place: no such file or directory\n  hint: "));
  const auto trigger = deploy(kPython, "--handler app.handler --expose /hello", local);
  CHECK(trigger.exit_code == 2);
  CHECK(contains(trigger.output, "as in --expose 'GET /hello'"));
  CHECK_FALSE(contains(trigger.output, "deployed"));
  CHECK_FALSE(std::filesystem::exists(directory.file("functions")));
  const auto endless = deploy(std::string(300, 'x'), kTrigger, local);
  CHECK(endless.exit_code == 3);
  CHECK(contains(endless.output, "xxx: File name too long\n  hint: "));
  CHECK(deploy("", "", local).exit_code == 2);
}

TEST_CASE_FIXTURE(Fixture, "a trigger is called by its own method, and what it answers is shown, whatever it is") {
  std::ofstream(directory.file("app.py"))
      << "def handler(event, context):\n"
         "    http = event['requestContext']\n"
         "    method = http.get('httpMethod') or http['http']['method']\n"
         "    path = event.get('path') or event['rawPath']\n"
         "    return {'statusCode': 404 if 'none' in path else 201, 'body': method + ' made'}\n";
  const std::string on = "local:///" + outside.file("functions").substr(1);
  const auto call = [&](const std::string& route, std::chrono::milliseconds patience = std::chrono::seconds(30)) {
    const std::string seconds = std::to_string(std::chrono::ceil<std::chrono::seconds>(patience).count());
    return deploy(directory.path(),
                  "--handler app.handler --stage dev --patience " + seconds + " --expose '" + route + "'", on);
  };
  const auto made = call("POST /hello");
  CHECK_MESSAGE(made.exit_code == 0, made.output);
  CHECK(contains(made.output, "/dev/hello\n201 POST made\n"));
  // Which it may only be too new for: all the patience goes by.
  CHECK(test::with_more_time(std::chrono::milliseconds(500), [&](std::chrono::milliseconds patience) {
    const auto none = call("GET /none", patience);
    return none.exit_code == 1 && contains(none.output, "/dev/none\n404 GET made\n");
  }));
  const auto open = call("GET /hello/{id}");
  CHECK(open.exit_code == 0);
  CHECK(open.output.ends_with("/dev/hello/{id}\n"));
}

TEST_CASE_FIXTURE(Fixture, "patience ends also while a reply is slow") {
  std::ofstream(directory.file("app.py")) << "import time\ndef handler(event, context):\n    time.sleep(20)\n";
  const auto begun = std::chrono::steady_clock::now();
  const auto outcome = deploy(directory.path(), std::string(kTrigger) + " --patience 1",
                              "local:///" + outside.file("functions").substr(1));
  CHECK(outcome.exit_code == 5);
  CHECK(contains(outcome.output, "gave up on http://127.0.0.1:"));
  CHECK(contains(outcome.output, "/dev/hello after 1 s: "));
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(15));
}

TEST_CASE_FIXTURE(Fixture, "without credentials the error says where they were looked for") {
  const auto outcome =
      deploy(kPython, kTrigger, "aws://us-west-2?endpoint=http://127.0.0.1:1", "AWS_EC2_METADATA_DISABLED=true ");
  CHECK(outcome.exit_code == 4);
  CHECK(contains(outcome.output, "AWS_ACCESS_KEY_ID"));
}

TEST_CASE_FIXTURE(Fixture,
                  "on AWS's API every call is made, the URL that does not answer is named, and nothing is left") {
  const auto moto = examples::find_moto();
  if (!moto) return;
  const std::string on = moto->on("us-west-2");
  const std::string keys = moto->variables();
  const auto outcome = deploy(kPython, std::string(kTrigger) + " --patience 1", on, keys);
  CHECK(outcome.exit_code == 5);  // moto serves no stage
  CHECK(contains(outcome.output, "deployed hello (arn:aws:lambda:us-west-2:"));
  CHECK(contains(outcome.output, "gave up on https://"));
  CHECK(contains(outcome.output, ".execute-api.us-west-2.amazonaws.com/dev/hello after 1 s: "));
  const auto removed = deploy("", "--remove", on, keys);
  CHECK_MESSAGE(removed.exit_code == 0, removed.output);
}

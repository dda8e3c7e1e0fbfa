// cloudkit fn …, on functions that really run: local:///.
#include "tools/program.h"

#include <doctest/doctest.h>

#include <string>

namespace {

using test::contains;

struct Fixture {
  test::Program program;
  std::string on = "local://" + program.path("functions");

  Fixture() {
    program.write("hello/app.py",
                  "import os\n"
                  "def handler(event, context):\n"
                  "    print('seen', event.get('name'), flush=True)\n"
                  "    if event.get('name') == 'nobody':\n"
                  "        raise ValueError('there is nobody')\n"
                  "    return {'hello': event.get('name', os.environ.get('DEFAULT_NAME'))}\n");
  }
  test::Outcome fn(test::Words words) {
    words.insert(words.begin(), "fn");
    words.insert(words.end(), {"--on", on});
    return program.run(words);
  }
  test::Outcome deploy() {
    return fn({"deploy", program.path("hello"), "--name", "hello", "--runtime", "python3.12", "--handler",
               "app.handler", "--env", "DEFAULT_NAME=world"});
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a function is deployed, listed, called, logged and removed") {
  const auto deployed = deploy();
  CHECK(deployed.err == "");
  CHECK(deployed.out.starts_with("deployed hello ("));
  CHECK(contains(fn({"list"}).out, "python3.12   hello\n"));

  CHECK(fn({"invoke", "hello"}).out == "{\"hello\": \"world\"}\n");
  const auto called = fn({"invoke", "hello", R"({"name":"ada"})", "--log"});
  CHECK(called.out == "{\"hello\": \"ada\"}\n");
  CHECK(contains(called.err, "seen ada"));
  program.write("event.json", R"({"name":"file"})");
  CHECK(fn({"invoke", "hello", "@" + program.path("event.json")}).out == "{\"hello\": \"file\"}\n");

  const auto logs = fn({"logs", "hello"});
  CHECK(contains(logs.out, "  seen ada\n"));
  CHECK(contains(logs.out, "REPORT RequestId: "));
  CHECK_FALSE(contains(logs.out, "\\x09"));

  CHECK(fn({"rm", "hello"}).out == "removed hello\n");
  CHECK(fn({"list"}).out == "");
  CHECK(fn({"invoke", "hello"}).exit_code == 3);
}

TEST_CASE_FIXTURE(Fixture, "a function that fails is an error of the command, with what it said") {
  REQUIRE(deploy().exit_code == 0);
  const auto failed = fn({"invoke", "hello", R"({"name":"nobody"})"});
  CHECK(failed.exit_code == 1);
  CHECK(failed.out == "");
  CHECK(contains(failed.err, "ValueError"));
  CHECK(contains(failed.err, "there is nobody"));
}

TEST_CASE_FIXTURE(Fixture, "a trigger and a schedule are made, shown and taken away") {
  REQUIRE(deploy().exit_code == 0);
  const auto exposed = fn({"expose", "hello", "GET /hello", "--stage", "dev", "--public"});
  CHECK(exposed.out.starts_with("exposed http://127.0.0.1:"));
  CHECK(exposed.out.ends_with("/dev/hello\n"));
  CHECK(fn({"expose", "hello", "GET /hello", "--stage", "dev", "--remove"}).out.starts_with("removed http://"));

  const auto scheduled = fn({"schedule", "hello", "0 1 * * *", "--zone", "UTC"});
  CHECK(contains(scheduled.out, "hello  0 1 * * *  UTC  next: "));
  CHECK(contains(scheduled.out, "T01:00:00Z\n"));
  CHECK(fn({"schedule", "hello"}).out == scheduled.out);
  CHECK(fn({"schedule", "hello", "--remove"}).exit_code == 0);
  CHECK(fn({"schedule", "hello"}).out == "");
}

TEST_CASE_FIXTURE(Fixture, "a schedule that fires no more says why") {
  const auto shown = [&](const std::string& zone, const std::string& enabled) {
    program.write("functions/schedules/hello.json",
                  R"([{"name":"daily","function":"hello","cron":"0 1 * * *","time_zone":")" + zone +
                      R"(","input":"{}","enabled":)" + enabled + "}]");
    return fn({"schedule", "hello"}).out;
  };
  CHECK(contains(shown("UTC", "true"), "daily  0 1 * * *  UTC  next: 2"));
  CHECK(shown("UTC", "false") == "daily  0 1 * * *  UTC  next: disabled\n");
  CHECK(shown("Mars/Olympus", "true") == "daily  0 1 * * *  Mars/Olympus  next: \"Mars/Olympus\" is no time zone\n");
}

TEST_CASE_FIXTURE(Fixture, "a payload that cannot be read is an error of the file") {
  for (const std::string& path : {program.home(), program.path("missing")}) {
    const auto called = fn({"invoke", "hello", "@" + path});
    CHECK(called.signal == 0);
    CHECK(called.exit_code > 0);
    CHECK(contains(called.err, path + " cannot be read"));
  }
}

TEST_CASE_FIXTURE(Fixture, "what cannot be is refused with what to do") {
  const auto missing = fn({"deploy", program.path("nothing"), "--name", "hello"});
  CHECK(missing.exit_code == 3);
  CHECK(contains(missing.err, "no such file or directory"));
  const auto named = fn({"deploy", program.path("hello"), "--name", "Hello"});
  CHECK(named.exit_code == 2);
  CHECK(contains(named.err, "\"Hello\" is no name of a function"));
  const auto pairs = fn({"deploy", program.path("hello"), "--name", "hello", "--env", "NAME"});
  CHECK(pairs.exit_code == 2);
  CHECK(contains(pairs.err, "--env takes KEY=VALUE"));
  CHECK(contains(fn({"schedule", "hello", "0 25 * * *"}).err, "hour"));
  CHECK(contains(fn({"expose", "hello", "/hello"}).err, "'GET /hello'"));
  CHECK(contains(program.run({"fn"}).err, "no command was given"));
  CHECK(contains(program.run({"fn", "bogus"}).err, "there is no command \"bogus\""));
  const auto scheme = program.run({"fn", "list", "--on", "s3://bucket"});
  CHECK(scheme.exit_code == 2);
  CHECK(contains(scheme.err, "known are: "));
}

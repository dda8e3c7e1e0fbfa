// cloudkit fn …, on functions that really run: local:///.
#include "support/soon.h"
#include "tools/program.h"

#include <doctest/doctest.h>
#include <signal.h>

#include <filesystem>
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
                  "    if 'httpMethod' in event:\n"
                  "        return {'statusCode': 200, 'body': 'hello, web'}\n"
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
  const auto called = fn({"invoke", "hello", R"({"name":"ada"})", "--log-tail"});
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
  CHECK(contains(exposed.err, "the URL answers while a program has local://"));
  CHECK(contains(exposed.err, "open: --wait stays"));
  const auto missing = fn({"expose", "hello", "GET /hello", "--remove"});
  CHECK(contains(missing.err, "not_found: hello has no trigger GET /hello with no stage\n"));
  CHECK(missing.exit_code == 3);
  CHECK(fn({"expose", "hello", "get /hello", "--remove"}).exit_code == 2);
  CHECK(fn({"expose", "hello", "GET /hello", "--stage", "dev", "--remove"}).out.starts_with("removed http://"));
  CHECK(fn({"expose", "hello", "GET /hello", "--stage", "dev", "--remove"}).exit_code == 3);

  const auto scheduled = fn({"schedule", "hello", "0 1 * * *", "--zone", "UTC"});
  CHECK(contains(scheduled.out, "hello  0 1 * * *  UTC  next: "));
  CHECK(contains(scheduled.out, "T01:00:00Z\n"));
  // The next time is another one when the hour strikes between the two.
  const auto without_time = [](const std::string& line) { return line.substr(0, line.find("next: ")); };
  CHECK(without_time(fn({"schedule", "hello"}).out) == without_time(scheduled.out));
  CHECK(fn({"schedule", "hello", "--remove"}).exit_code == 0);
  CHECK(fn({"schedule", "hello"}).out == "");
}

TEST_CASE_FIXTURE(Fixture, "with --wait a URL on this machine answers until the program is told to stop") {
  REQUIRE(deploy().exit_code == 0);
  const auto session = program.shell(
      // The program itself, which is to get the signal, and no function of the shell.
      CLOUDKIT_PROGRAM " fn expose hello 'GET /hello' --stage dev --public --wait --on " + on +
      " >exposed & serving=$!\n"
      "for i in $(seq 200); do grep -q exposed exposed && break; sleep 0.1; done\n"
      "busybox wget -qO- $(sed 's/exposed //' exposed); kill -TERM $serving; wait $serving; echo \" exit $?\"");
  INFO(session.out, session.err);
  CHECK(contains(session.out, "hello, web"));
  CHECK(contains(session.out, " exit 130"));
}

TEST_CASE_FIXTURE(Fixture,
                  "an asynchronous call on this machine says that it runs while a program stays, and --wait does") {
  program.write("hello/app.py",
                "import pathlib, time\n"
                "def handler(event, context):\n"
                "    time.sleep(1)\n"
                "    pathlib.Path(event).touch()\n");
  REQUIRE(deploy().exit_code == 0);
  const auto done = [&](const std::string& name) { return std::filesystem::exists(program.path(name)); };
  const auto payload = [&](const std::string& name) { return '"' + program.path(name) + '"'; };
  const auto accepted = fn({"invoke", "hello", payload("first"), "--async"});
  CHECK(accepted.exit_code == 0);
  CHECK(accepted.out.starts_with("accepted "));
  CHECK(contains(accepted.err, "it runs while a program has local://"));
  CHECK_FALSE(done("first"));  // The end of the command has cut it off.
  const pid_t pid = program.start({"fn", "invoke", "hello", payload("second"), "--async", "--wait", "--on", on});
  CHECK(test::soon([&] { return done("first") && done("second"); }));
  ::kill(pid, SIGINT);
  CHECK(program.finish(pid).exit_code == 130);
  CHECK(contains(fn({"invoke", "hello", "--wait"}).err, "--wait needs --async"));
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
  const auto directory = fn({"invoke", "hello", "@" + program.home()});
  CHECK(directory.exit_code == 1);
  CHECK(directory.err == "io: read " + program.home() + ": Is a directory\n");
  const auto missing = fn({"invoke", "hello", "@" + program.path("missing")});
  CHECK(missing.exit_code == 3);
  CHECK(contains(missing.err, program.path("missing") + ": no such file or directory"));
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

TEST_CASE_FIXTURE(Fixture, "a dry run says what would be done, and does nothing") {
  const auto dry = [&](test::Words words) {
    words.emplace_back("-n");
    return fn(words);
  };
  const test::Words deploy_words{"deploy", program.path("hello"), "--name", "hello", "--handler", "app.handler"};
  CHECK(dry(deploy_words).out == "would make hello\n");
  CHECK(fn({"list"}).out == "");
  CHECK(dry({"rm", "hello"}).exit_code == 3);
  CHECK(dry({"schedule", "hello", "--remove"}).exit_code == 3);
  CHECK(dry({"expose", "hello", "GET /"}).exit_code == 3);
  CHECK(deploy().exit_code == 0);
  CHECK(dry(deploy_words).out == "would update hello\n");
  CHECK(dry({"rm", "hello", "--json"}).out == "{\"would_remove\":\"hello\"}\n");
  CHECK(dry({"expose", "hello", "GET /"}).out == "would expose hello by GET /\n");
  CHECK(contains(dry({"schedule", "hello", "0 1 * * *"}).out, "would schedule hello, next: 20"));
  CHECK(dry({"schedule", "hello", "61 1 * * *"}).exit_code == 2);
  CHECK(dry({"expose", "hello", "get /"}).exit_code == 2);
  CHECK(fn({"schedule", "hello"}).out == "");
  CHECK(contains(fn({"schedule", "hello", "0 1 * * *"}).out, "next: 20"));
  CHECK(dry({"schedule", "hello", "--remove"}).out == "would remove hello\n");
  CHECK(contains(fn({"schedule", "hello"}).out, "0 1 * * *"));
  CHECK(fn({"schedule", "hello", "--remove"}).out == "removed hello\n");
  CHECK(contains(fn({"list"}).out, " hello\n"));
}

TEST_CASE_FIXTURE(Fixture, "an interrupt ends the following of a log, and is no success") {
  CHECK(deploy().exit_code == 0);
  CHECK(fn({"invoke", "hello"}).exit_code == 0);
  const pid_t pid = program.start({"fn", "logs", "hello", "--follow", "--on", on});
  CHECK(test::soon([&] { return contains(program.read("out"), "REPORT RequestId: "); }));
  ::kill(pid, SIGINT);
  CHECK(program.finish(pid).exit_code == 130);
}

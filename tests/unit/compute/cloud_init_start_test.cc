#include <doctest/doctest.h>

#include "prefixed_machine.h"

#include <algorithm>

// Before the first step: root, a lock, the programs that a script needs.

using namespace cloudkit;
using ::test::report_of;

TEST_CASE("a machine without a program that the script needs is told so, before the first step") {
  const ::test::PrefixedMachine machine;
  const ::test::TemporaryDirectory programs;
  for (const char* name :
       {"sh", "id", "env", "mktemp", "mkdir", "chmod", "rm", "sed", "tail", "tr", "stat", "base64"}) {
    std::filesystem::create_symlink("/usr/bin/" + std::string(name), programs.file(name));
  }
  std::string script = CloudInit().file({.path = "/a", .content = "x"}).script(machine.options()).value();
  // The usual places stand behind those of the environment.
  const auto run = machine.run_script(script, "sh", "PATH=" + programs.path());
  CHECK(run.out.find("failed start: this machine has no cmp\n") != std::string::npos);
  CHECK(report_of(run).not_run == 1);
  CHECK(!machine.has("/a"));
  CHECK(report_of(machine.run_script(CloudInit().run({.command = "true"}).script(machine.options()).value(), "sh",
                                     "PATH=" + programs.path()))
            .failed.empty());
}

TEST_CASE("a script that is cut off does nothing at all") {
  const ::test::PrefixedMachine machine;
  const auto whole = CloudInit().file({.path = "/a", .content = "x"}).file({.path = "/b", .content = "y"});
  const std::string script = whole.script(machine.options()).value();
  for (const std::size_t less : {std::size_t{5}, std::size_t{60}, script.size() / 2}) {
    const auto run = machine.run_script(script.substr(0, script.size() - less));
    CHECK(!machine.has("/a"));
    CHECK(!parse_report(run.out));
  }
  CHECK(report_of(machine.run_script(script)).changed.size() == 2);
}

TEST_CASE("who is not root hands the whole script to sudo") {
  const ::test::PrefixedMachine machine;
  machine.program("id", "echo 1000");
  machine.program("sudo", "echo \"$*\" >>\"$log\"; cat >\"${log%/*}/stdin\"");
  std::string text = "CLOUDKIT_END\nCLOUDKIT_END_\n$(id) `id` \\\\ '\n";
  while (text.size() < (std::size_t{1} << 20)) text += "more than an argument of a program may have\n";
  const auto steps = CloudInit().file({.path = "/nonexistent/a", .content = text});
  machine.write("/script", steps.script().value());
  for (const std::string shell : {"sh", "bash", "busybox sh"}) {
    ::test::run_program("PATH=" + machine.path("/usr/bin") + ":$PATH", shell + " " + machine.path("/script"));
    CHECK(machine.calls() == "-n sh -c :\n-n sh\n");
    CHECK("#!/bin/sh\n" + machine.read("/stdin") == steps.script({.sudo = false}).value());
  }
}

TEST_CASE("where sudo refuses, the report says so") {
  const ::test::PrefixedMachine machine;
  machine.program("id", "echo 1000");
  const auto steps = CloudInit().file({.path = "/nonexistent/a", .content = "x"}).directory({.path = "/nonexistent"});
  const std::string script = steps.script().value();
  const auto with_sudo = [&](const std::string& lines) {
    machine.program("sudo", lines);
    const auto run = machine.run_script(script, "sh", "PATH=" + machine.path("/usr/bin") + ":$PATH");
    const auto report = report_of(run);
    REQUIRE(report.failed.size() == 1);
    CHECK(report.failed[0] == StepProblem{"start", "it needs root, and sudo refuses"});
    CHECK(report.not_run == 2);
    return run.err;
  };
  CHECK(with_sudo("echo 'sudo: a password is required' >&2; exit 1") == "sudo: a password is required\n");
  CHECK(!with_sudo("exec /nonexistent/sudo").empty());
}

TEST_CASE("two runs at once take turns") {
  const ::test::PrefixedMachine machine;
  const auto steps = CloudInit().run({.command = "[ ! -e busy ] && touch busy && sleep 0.2 && rm busy"});
  const std::string script = machine.path("/script");
  machine.write("/script", steps.script(machine.options()).value());
  const auto both = ::test::run_program("", "sh -c 'sh " + script + " & sh " + script + "; wait'");
  CHECK(both.output.find("\nfailed ") == std::string::npos);
  CHECK(std::count(both.output.begin(), both.output.end(), '\n') == 6);
}

TEST_CASE("a lock that cannot wait is asked again, and its failures are no waiting runs") {
  const ::test::PrefixedMachine machine;
  const ::test::TemporaryDirectory programs;
  const auto program = [&](const std::string& name, const std::string& lines) {
    std::ofstream(programs.file(name)) << "#!/bin/sh\n" << lines;
    std::filesystem::permissions(programs.file(name), std::filesystem::perms::owner_all);
  };
  const std::string script = CloudInit().run({.command = "true"}).script(machine.options()).value();
  const auto run = [&] { return report_of(machine.run_script(script, "sh", "PATH=" + programs.path() + ":$PATH")); };
  // As busybox has it.
  program("flock",
          "[ \"$*\" = '-n 9' ] || { echo 'invalid option' >&2; exit 1; }\n"
          "echo >>" +
              programs.file("asked") + "; [ $(wc -l <" + programs.file("asked") + ") -gt 3 ]\n");
  program("sleep", "[ \"$*\" = 1 ]\n");
  CHECK(run().failed.empty());
  program("flock", "exit 1\n");
  REQUIRE(run().failed.size() == 1);
  CHECK(run().failed[0].message == "another run has not ended for a minute");
  program("flock", "echo 'flock: 9: No locks available' >&2; exit 1\n");
  CHECK(run().failed[0].message == "exit code 1; flock: 9: No locks available");
  std::filesystem::remove(machine.path("/var/lib/cloudkit/lock"));
  std::filesystem::create_directories(machine.path("/var/lib/cloudkit/lock"));
  const auto unwritable = run();
  REQUIRE(unwritable.failed.size() == 1);
  CHECK(unwritable.failed[0].message.find("irectory") != std::string::npos);
  CHECK(unwritable.not_run == 1);
}

TEST_CASE("a daemon that a step starts does not keep the lock") {
  const ::test::PrefixedMachine machine;
  const auto steps = CloudInit().run({.command = "sleep 30 & echo $! >pid"});
  CHECK(report_of(machine.run(steps)).changed.size() == 1);
  const auto again =
      ::test::run_program("", "timeout 10 flock -w 1 " + machine.path("/var/lib/cloudkit/lock") + " true");
  CHECK(again.exit_code == 0);
  ::test::run_program("", "kill " + machine.read("/pid"));
}

TEST_CASE("the directory in which a script starts can be its prefix") {
  const ::test::PrefixedMachine machine;
  machine.write("/here/x", "");
  machine.write("/script", CloudInit().file({.path = "/etc/a", .content = "x"}).script({.prefix = "."}).value());
  const auto run = ::test::run_program("", "sh -c 'cd " + machine.path("/here") + " && sh ../script'");
  CHECK(run.exit_code == 0);
  CHECK(machine.read("/here/etc/a") == "x");
  const auto root = ::test::run_program("", "sh -c 'cd / && sh " + machine.path("/script") + "'");
  CHECK(root.exit_code == 1);
  CHECK(root.output.find("failed start: / is no prefix\n") != std::string::npos);
}

// cloudkit vm …, on machines that really run: local:///.
#include "support/soon.h"
#include "tools/pipe.h"
#include "tools/program.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

namespace {

using test::contains;

struct Fixture {
  test::Program program;
  std::string on = "local://" + program.path("machines");

  ~Fixture() {
    for (const std::string& id : ids()) vm({"rm", id, "--wait"});
  }
  test::Outcome vm(test::Words words, const std::string& input = {}) {
    words.insert(words.begin(), "vm");
    words.insert(words.end(), {"--on", on});
    return program.run(words, input);
  }
  test::Outcome create(const std::string& name, test::Words more = {}) {
    more.insert(more.begin(), {"create", name, "--image", "al2023", "--type", "any", "--wait"});
    return vm(more);
  }
  std::vector<nlohmann::json> list(test::Words more = {}) {
    more.insert(more.begin(), {"list", "--json"});
    std::vector<nlohmann::json> machines;
    std::istringstream lines(vm(more).out);
    for (std::string line; std::getline(lines, line);) machines.push_back(nlohmann::json::parse(line));
    return machines;
  }
  std::vector<std::string> ids() {
    std::vector<std::string> ids;
    for (const auto& machine : list()) ids.push_back(machine["id"]);
    return ids;
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a machine is launched, listed, commanded and destroyed") {
  program.write("boot.sh", "#!/bin/sh\necho booted >boot.txt\n");
  const auto created = create("web", {"--user-data", program.path("boot.sh"), "--tag", "env=dev"});
  CHECK(created.exit_code == 0);
  CHECK(created.err.starts_with("launched web ("));
  CHECK(contains(created.out, "  running  127.0.0.1\n"));

  const auto machines = list();
  REQUIRE(machines.size() == 1);
  CHECK(machines[0]["name"] == "web");
  CHECK(machines[0]["state"] == "running");
  CHECK(machines[0]["type"] == "any");
  CHECK(machines[0]["tags"] == nlohmann::json({{"env", "dev"}}));
  const std::string id = machines[0]["id"];
  CHECK(contains(vm({"list"}).out, id + " "));
  CHECK(contains(vm({"list"}).out, " web\n"));
  CHECK(list({"--name", "web", "--tag", "env=dev", "--state", "running", "--state", "stopped"}).size() == 1);
  CHECK(list({"--tag", "env=prod"}).empty());
  CHECK(list({"--state", "stopped"}).empty());

  CHECK(vm({"run", "web", "until [ -s boot.txt ]; do sleep 0.05; done; cat boot.txt"}).out == "booted\n");
  CHECK(vm({"run", id, "printf 'no line end'"}).out == "no line end");
  CHECK(vm({"run", "web", "@-"}, "echo from standard input\n").out == "from standard input\n");

  CHECK(vm({"rm", "web", "--wait"}).out == "destroyed web (" + id + ")\n");
  CHECK(list().empty());
  CHECK(list({"--state", "terminated"}).size() == 1);
  CHECK(list({"--all"}).size() == 1);
  CHECK(list({"--all", "--state", "running"}).empty());
  CHECK(vm({"run", "web", "true"}).exit_code == 3);
}

TEST_CASE_FIXTURE(Fixture, "a script that fails is an error of the command, with what it said") {
  REQUIRE(create("web").exit_code == 0);
  const auto failed = vm({"run", "web", "echo out; printf 'a\\tb\\033[31m\\n' >&2; exit 7"});
  CHECK(failed.exit_code == 1);
  CHECK(failed.out == "out\n");
  CHECK(failed.err == "a b\\x1b[31m\nrun web: exit code 7: the script failed\n");
  const auto json = vm({"run", "web", "echo out; exit 7", "--json"});
  CHECK(json.exit_code == 1);
  CHECK(json.err == "");
  CHECK(nlohmann::json::parse(json.out)["exit_code"] == 7);
  CHECK(nlohmann::json::parse(json.out)["out"] == "out\n");
  const auto slow = vm({"run", "web", "sleep 20", "--timeout", "1s"});
  CHECK(slow.exit_code == 5);
  CHECK(contains(slow.err, "run web: timeout: it was ended after 1 s\n  hint: --timeout lets it run longer\n"));
}

TEST_CASE_FIXTURE(Fixture, "several machines are commanded at once, and each line says whose it is") {
  REQUIRE(create("web1").exit_code == 0);
  REQUIRE(create("web2").exit_code == 0);
  const auto both = vm({"run", "web1,web2", "echo $CLOUDKIT_INSTANCE_NAME; [ $CLOUDKIT_INSTANCE_NAME = web1 ]"});
  CHECK(both.out == "web1: web1\nweb2: web2\n");
  CHECK(both.err == "run web2: exit code 1: the script failed\n");
  CHECK(both.exit_code == 1);
  const auto missing = vm({"run", "web1,nobody", "touch ran"});
  CHECK(missing.exit_code == 3);
  CHECK(contains(missing.err, "no machine has this id or this name\n  hint: cloudkit vm list --on local://"));
  CHECK(vm({"run", "web1", "[ ! -e ran ]"}).exit_code == 0);
  // Named twice it is commanded once, and its output is that of one machine.
  CHECK(vm({"run", "web1," + ids().at(0) + ",web1", "echo once >>runs; wc -l <runs"}).out == "1\n");
  // The largest code, whichever comes first, with --json and without.
  const std::string slow = "[ $CLOUDKIT_INSTANCE_NAME = web1 ] && exit 7; sleep 20";
  for (const char* list : {"web1,web2", "web2,web1"}) {
    CHECK(vm({"run", list, slow, "--timeout", "1s"}).exit_code == 5);
    CHECK(vm({"run", list, slow, "--timeout", "1s", "--json"}).exit_code == 5);
  }
}

TEST_CASE_FIXTURE(Fixture, "a host that refuses is its own result, and the script runs on the others") {
  // For ssh: what it says of a host whose key is not known, and else the host.
  program.write("ssh", R"(#!/bin/sh
case " $* " in
*' -O '*) exit 1 ;;
*' -- refusing '*) echo 'Host key verification failed.' >&2 && exit 255 ;;
esac
for command; do :; done
exec sh -c "$command"
)");
  std::filesystem::permissions(program.path("ssh"), std::filesystem::perms::owner_all);
  program.set("PATH=" + program.home() + ":/usr/bin:/bin");
  program.write("hosts", "refusing\nweb1\nweb2\n");
  on = "ssh://" + program.path("hosts");
  for (const char* list : {"refusing,web1,web2", "web1,refusing,web2,refusing"}) {
    const auto some = vm({"run", list, "echo here"});
    CHECK(some.out == "web1: here\nweb2: here\n");
    CHECK(some.err.starts_with("get " + on + " machine refusing: permission_denied: the key of refusing is not known"));
    CHECK(some.err.find("permission_denied") == some.err.rfind("permission_denied"));
    CHECK(some.exit_code == 4);
  }
  CHECK(vm({"run", "refusing", "echo here"}).exit_code == 4);
  const auto dry = vm({"run", "refusing,web1", "echo here", "--dry-run"});
  CHECK(dry.exit_code == 4);
  CHECK(contains(dry.out + dry.err, "web1"));
  on = "local://" + program.path("machines");
}

TEST_CASE_FIXTURE(Fixture, "a machine that is launched again by its token is launched once, and found by it") {
  REQUIRE(create("web", {"--token", "cktest-token-7"}).exit_code == 0);
  REQUIRE(create("other").exit_code == 0);
  const auto found = list({"--token", "cktest-token-7"});
  REQUIRE(found.size() == 1);
  CHECK(found[0]["token"] == "cktest-token-7");
  const auto again = create("web", {"--token", "cktest-token-7", "--json"});
  CHECK(nlohmann::json::parse(again.out)["id"] == found[0]["id"]);
  CHECK(list().size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "standard input that is a socket is read, too") {
  REQUIRE(create("web").exit_code == 0);
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  REQUIRE(::write(ends[0], "from a socket", 13) == 13);
  ::close(ends[0]);
  const auto outcome = program.finish(program.start({"vm", "cp", "-", "web:/etc/issue", "--on", on}, ends[1]));
  ::close(ends[1]);
  CHECK(outcome.err == "");
  CHECK(vm({"run", "web", "cat etc/issue"}).out == "from a socket");
}

TEST_CASE_FIXTURE(Fixture, "standard input is waited for to its end, also where a read would not wait") {
  REQUIRE(create("web").exit_code == 0);
  test::Pipe pipe;
  REQUIRE(::fcntl(pipe.ends[0], F_SETFL, O_NONBLOCK) == 0);
  REQUIRE(::write(pipe.ends[1], "echo one\n", 9) == 9);
  const pid_t pid = program.start({"vm", "run", "web", "@-", "--on", on}, pipe.ends[0]);
  CHECK(pipe.is_read());
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  REQUIRE(::write(pipe.ends[1], "echo two\n", 9) == 9);
  pipe.close_writer();
  CHECK(program.finish(pid).out == "one\ntwo\n");
}

TEST_CASE_FIXTURE(Fixture, "what cannot be read is no empty script and no empty file") {
  REQUIRE(create("web").exit_code == 0);
  REQUIRE(vm({"cp", "-", "web:/etc/issue"}, "as it was").exit_code == 0);
  const int directory = ::open(program.home().c_str(), O_RDONLY | O_CLOEXEC);
  for (const test::Words& words : {test::Words{"vm", "run", "web", "@-", "--on", on},
                                   test::Words{"vm", "cp", "-", "web:/etc/issue", "--on", on}}) {
    const auto outcome = program.finish(program.start(words, directory));
    CHECK(contains(outcome.err, "read standard input: Is a directory"));
    CHECK(outcome.exit_code == 1);
  }
  ::close(directory);
  CHECK(vm({"run", "web", "cat etc/issue"}).out == "as it was");
  CHECK(vm({"run", "web", "@nofile"}).exit_code == 3);
}

TEST_CASE_FIXTURE(Fixture, "Ctrl-C ends what waits for a script, from standard input and from a FIFO") {
  test::Pipe pipe;
  REQUIRE(::write(pipe.ends[1], "x", 1) == 1);
  pid_t pid = program.start({"vm", "run", "web", "@-", "--on", on}, pipe.ends[0]);
  CHECK(pipe.is_read());
  ::kill(pid, SIGINT);
  CHECK(program.finish(pid).exit_code == 130);

  REQUIRE(::mkfifo(program.path("fifo").c_str(), 0600) == 0);
  pid = program.start({"vm", "run", "web", "@" + program.path("fifo"), "--on", on});
  // It can be opened for writing once somebody reads it.
  int writer = -1;
  CHECK(test::soon([&] { return (writer = ::open(program.path("fifo").c_str(), O_WRONLY | O_NONBLOCK)) >= 0; }));
  ::kill(pid, SIGINT);
  CHECK(program.finish(pid).exit_code == 130);
  ::close(writer);
}

TEST_CASE_FIXTURE(Fixture, "a file is copied, with its mode") {
  REQUIRE(create("web").exit_code == 0);
  program.write("motd", std::string("hello\n\0\xFF", 8));
  const auto copied = vm({"cp", program.path("motd"), "web:/etc/motd", "--mode", "0600"});
  CHECK(copied.err == "");
  CHECK(copied.out == "copied " + program.path("motd") + " to web:/etc/motd\n");
  CHECK(vm({"run", "web", "wc -c <etc/motd; ls -l etc/motd"}).out.starts_with("8\n-rw------- "));
  CHECK(vm({"cp", "-", "web:/etc/issue"}, "from here").exit_code == 0);
  CHECK(vm({"run", "web", "cat etc/issue"}).out == "from here");
}

TEST_CASE_FIXTURE(Fixture, "a machine is stopped, started and rebooted") {
  REQUIRE(create("web").exit_code == 0);
  const std::string id = ids().at(0);
  CHECK(vm({"stop", "web", "--wait"}).out == "stopped web (" + id + ")\n");
  CHECK(list()[0]["state"] == "stopped");
  CHECK(vm({"stop", "web", "--wait"}).exit_code == 0);
  const auto refused = vm({"reboot", "web"});
  CHECK(refused.exit_code == 1);
  CHECK(contains(refused.err, "conflict"));
  CHECK(vm({"start", "web", "--wait"}).out == "started web (" + id + ")\n");
  CHECK(vm({"reboot", "web", "--wait"}).out == "rebooted web (" + id + ")\n");
  CHECK(nlohmann::json::parse(vm({"stop", id, "--wait", "--json"}).out)["stopped"] == id);
}

TEST_CASE_FIXTURE(Fixture, "a reboot that is waited for has ended what ran before") {
  program.write("boot.sh",
                "#!/bin/sh\ntrap \"trap '' TERM; sleep 1\" TERM\necho $$ >pid\nwhile :; do sleep 0.01; done\n");
  REQUIRE(create("web", {"--user-data", program.path("boot.sh")}).exit_code == 0);
  const auto pid = vm({"run", "web", "until [ -s pid ]; do sleep 0.05; done; cat pid"}).out;
  REQUIRE(::kill(std::stoi(pid), 0) == 0);
  CHECK(vm({"reboot", "web", "--wait"}).exit_code == 0);
  CHECK(::kill(std::stoi(pid), 0) != 0);
  CHECK(vm({"run", "web", "echo up"}).out == "up\n");
}

TEST_CASE_FIXTURE(Fixture, "machines that cannot be are refused with what to do") {
  struct {
    test::Words words;
    int exit_code;
    const char* error;
  } const cases[] = {
      {{"create", "Web", "--image", "al2023", "--type", "any"}, 2, "\"Web\" is no name of a machine"},
      {{"create", "web", "--image", "windows", "--type", "any"}, 2, "al2023"},
      {{"create", "web", "--type", "any"}, 2, "--image is required"},
      {{"create", "web", "--image", "al2023", "--type", "any", "--public", "--private"},
       2,
       "either --public or --private"},
      {{"create", "web", "--image", "al2023", "--type", "any", "--tag", "x"}, 2, "--tag takes KEY=VALUE"},
      {{"create", "web", "--image", "al2023", "--type", "any", "--user-data", "/nonexistent"},
       3,
       "/nonexistent: no such file or directory"},
      {{"list", "--state", "asleep"}, 2, "--state asleep is not known\n  hint: known are: pending, running, "},
      {{"run", ",", "true"}, 2, "MACHINES names none"},
      {{"run", "web", "true", "--timeout", "soon"}, 2, "--timeout soon is no time"},
      {{"cp", "/etc/hostname", "web"}, 2, "as in web:/etc/motd"},
      {{"cp", "/etc/hostname", "web:x"}, 2, "as in web:/etc/motd"},
      {{"cp", "/etc/hostname", "web:80:/x"}, 3, "no machine has this id or this name"},
      {{"cp", "/etc/hostname", "web:/x", "--mode", "rw"}, 2, "--mode is octal, as in 0644"},
      {{"cp", "/etc/hostname", "web:/x", "--mode", "77777"}, 2, "--mode is octal, as in 0644"},
      {{"start", "nobody"}, 3, "no machine has this id or this name"},
      {{"rm", "nobody"}, 3, "no machine has this id or this name"},
  };
  for (const auto& one : cases) {
    const auto outcome = vm(one.words);
    CAPTURE(one.error);
    CHECK_MESSAGE(contains(outcome.err, one.error), outcome.err);
    CHECK(outcome.out == "");
    CHECK(outcome.exit_code == one.exit_code);
  }
  CHECK(contains(program.run({"vm"}).err, "no command was given"));
  const auto scheme = program.run({"vm", "list", "--on", "s3://bucket"});
  CHECK(scheme.exit_code == 2);
  CHECK(contains(scheme.err, "known are: "));
  CHECK(list().empty());
}

TEST_CASE_FIXTURE(Fixture, "a dry run says what would be done, and does nothing") {
  CHECK(contains(create("web", {"-n"}).out, "would launch web, al2023 on any, at local://"));
  CHECK(list().empty());
  CHECK(create("web").exit_code == 0);
  const std::string id = ids().at(0);
  CHECK(vm({"stop", "web", "-n"}).out == "would stop web (" + id + ")\n");
  CHECK(vm({"rm", "web", "-n", "--json"}).out == "{\"would_destroy\":\"web\"}\n");
  CHECK(vm({"run", "web", "touch here", "-n"}).out == "would run on web (" + id + ")\n");
  CHECK(vm({"cp", "-", "web:/etc/motd", "-n"}).out == "would copy - to web:/etc/motd\n");
  CHECK(contains(vm({"cp", "nothing", "web:/etc/motd", "-n"}).err, "nothing: no such file or directory"));
  CHECK(contains(vm({"cp", ".", "web:/etc/motd", "-n"}).err, ". is not a regular file"));
  CHECK(contains(create("web2", {"--disk", "-4", "-n"}).err, "--disk -4 is negative"));
  CHECK(vm({"run", "nothing", "true", "-n"}).exit_code == 3);
  CHECK(list().at(0)["state"] == "running");
  CHECK(vm({"run", "web", "test -e here"}).exit_code == 1);
}

// cloudkit stack …, of a file, on machines that really run: local:///.
#include "support/soon.h"
#include "tools/program.h"
#include "tools/terminal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <sstream>
#include <string>

namespace {

using test::contains;

struct Fixture {
  test::Program program;
  std::string on = "local://" + program.path("cloud");

  Fixture() { std::filesystem::copy_file(STACK_FILE, program.path("main.tf.json")); }
  ~Fixture() {
    if (std::filesystem::exists(program.path("state/web.json"))) stack("destroy", {"--yes"});
  }
  test::Outcome stack(const std::string& command, const test::Words& more = {}, const std::string& input = {}) {
    test::Words words = {"stack", command, program.path("main.tf.json")};
    words.insert(words.end(), more.begin(), more.end());
    for (const std::string& word :
         {std::string("--state"), program.url("state/web.json"), std::string("--on"), on, std::string("--name"),
          std::string("web"), std::string("--var"), std::string("image=al2023")}) {
      words.push_back(word);
    }
    return program.run(words, input);
  }
  test::Outcome vm(const std::string& command, const test::Words& more = {}) {
    test::Words words = {"vm", command};
    words.insert(words.end(), more.begin(), more.end());
    words.insert(words.end(), {"--on", on + "/machines"});
    return program.run(words);
  }
  static std::vector<nlohmann::json> lines_of(const std::string& text) {
    std::vector<nlohmann::json> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(nlohmann::json::parse(line));
    return lines;
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a file is planned, applied, found unchanged, repaired and destroyed") {
  const auto planned = stack("plan", {"--detailed-exitcode"});
  CHECK(planned.err == "");
  CHECK(planned.exit_code == 2);
  CHECK(planned.out.starts_with("  + create firewall.example\n      description: \"ssh in, everything out\"\n"));
  CHECK(contains(planned.out, "  + create instance.example\n"));
  CHECK(planned.out.ends_with("Plan: 2 to create, 0 to update, 0 to replace, 0 to remove, 0 unchanged.\n"));
  CHECK_FALSE(contains(planned.out, "\x1b"));  // It is no terminal.
  CHECK(stack("plan").exit_code == 0);

  const auto applied = stack("apply", {"--yes"});
  CHECK(applied.err == "");
  CHECK(applied.exit_code == 0);
  CHECK(contains(applied.out, "\nfirewall.example: create started\nfirewall.example: create done (fw-"));
  CHECK(applied.out.ends_with("\n2 created, 0 updated, 0 replaced, 0 removed\naddress = 127.0.0.1\n"));
  CHECK(stack("plan", {"--detailed-exitcode"}).out == "No changes: web is as declared.\n");
  CHECK(stack("plan", {"--detailed-exitcode"}).exit_code == 0);
  CHECK(stack("output").out == "address = 127.0.0.1\n");
  CHECK(stack("output", {"address"}).out == "127.0.0.1\n");
  CHECK(stack("output", {"--json"}).out == "{\"address\":\"127.0.0.1\"}\n");
  CHECK(stack("output", {"other"}).exit_code == 3);

  CHECK(stack("refresh").out == "nothing was changed by somebody else\n");
  REQUIRE(vm("rm", {"example-instance", "--wait"}).exit_code == 0);
  CHECK(contains(stack("plan").out, "  + create instance.example: it is gone\n"));
  const auto drift = lines_of(stack("refresh", {"--json"}).out);
  REQUIRE(drift.size() == 1);
  CHECK(drift[0]["address"] == "instance.example");
  CHECK(drift[0]["gone"] == true);
  CHECK(stack("apply", {"--yes"}).exit_code == 0);
  CHECK(stack("plan", {"--detailed-exitcode"}).exit_code == 0);

  const auto destroyed = stack("destroy", {"--yes"});
  CHECK(destroyed.exit_code == 0);
  CHECK(destroyed.out.ends_with("\n0 created, 0 updated, 0 replaced, 2 removed\n"));
  CHECK(vm("list").out == "");
  CHECK(program.tree("state") == "");
  CHECK(stack("output").out == "");
}

TEST_CASE_FIXTURE(Fixture, "in memory a file is applied, and what was made ends with the command") {
  on = "mem://cloud";
  const auto applied = stack("apply", {"--yes"});
  CHECK(applied.err == "");
  CHECK(applied.exit_code == 0);
  CHECK(contains(applied.out, "\n2 created, 0 updated, 0 replaced, 0 removed\n"));
  CHECK(std::filesystem::exists(program.path("state/web.json")));
}

TEST_CASE_FIXTURE(Fixture, "the value of one output is what it is, byte by byte") {
  auto file = nlohmann::json::parse(program.read("main.tf.json"));
  file["resource"].erase("aws_instance");
  file["output"] = {{"key", {{"value", "-----BEGIN\n\tUm9z\n-----END"}}}};
  program.write("main.tf.json", file.dump());
  REQUIRE(stack("apply", {"--yes"}).exit_code == 0);
  CHECK(stack("output", {"key"}).out == "-----BEGIN\n\tUm9z\n-----END\n");
  CHECK(stack("output").out == "key = -----BEGIN\\x0a\\x09Um9z\\x0a-----END\n");
}

TEST_CASE_FIXTURE(Fixture, "a step is told while it goes on, not when it is over") {
  auto file = nlohmann::json::parse(program.read("main.tf.json"));
  file["resource"].erase("aws_instance");
  file.erase("output");
  program.write("main.tf.json", file.dump());
  REQUIRE(stack("apply", {"--yes"}).exit_code == 0);
  REQUIRE(stack("destroy", {"--yes"}).exit_code == 0);
  // While somebody else changes machines the step waits.
  const int lock = ::open(program.path("cloud/machines/lock").c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(::flock(lock, LOCK_EX | LOCK_NB) == 0);
  const pid_t pid = program.start({"stack", "apply", program.path("main.tf.json"), "--yes", "--state",
                                   program.url("state/web.json"), "--on", on, "--name", "web"});
  CHECK(test::soon([&] { return contains(program.read("out"), "firewall.example: create started\n"); }));
  CHECK_FALSE(contains(program.read("out"), "done"));
  ::close(lock);
  const auto outcome = program.finish(pid);
  CHECK(outcome.exit_code == 0);
  CHECK(contains(outcome.out, "firewall.example: create done ("));
}

TEST_CASE_FIXTURE(Fixture, "with --json each line is an object") {
  const auto plan = lines_of(stack("plan", {"--json"}).out);
  REQUIRE(plan.size() == 1);
  CHECK(plan[0]["has_changes"] == true);
  CHECK(plan[0]["steps"][0]["address"] == "firewall.example");
  CHECK(plan[0]["steps"][0]["action"] == "create");
  const auto lines = lines_of(stack("apply", {"--yes", "--json"}).out);
  REQUIRE(lines.size() == 6);
  CHECK(lines[0]["steps"][1]["address"] == "instance.example");
  CHECK(lines[1] == nlohmann::json({{"address", "firewall.example"}, {"action", "create"}, {"phase", "started"}}));
  CHECK(lines[4]["phase"] == "done");
  CHECK(lines[5] == nlohmann::json::parse(R"({"outputs": {"address": "127.0.0.1"}})"));
}

TEST_CASE_FIXTURE(Fixture, "without a terminal nothing is done unasked") {
  for (const char* command : {"apply", "destroy"}) {
    if (std::string(command) == "destroy") REQUIRE(stack("apply", {"--yes"}).exit_code == 0);
    const auto refused = stack(command, {}, "yes\n");
    CHECK(refused.exit_code == 2);
    CHECK(refused.err.starts_with("invalid_argument: without a terminal nobody can be asked\n  hint: --yes goes on"));
    CHECK(refused.out == "");
  }
  CHECK(vm("list").out != "");
  CHECK(stack("apply").exit_code == 0);  // There is nothing to ask about.
}

TEST_CASE_FIXTURE(Fixture, "a time that is none is refused before anything is looked at") {
  const auto outcome = stack("apply", {"--yes", "--lock-wait", "banana"});
  CHECK(outcome.err ==
        "invalid_argument: --lock-wait banana is no time\n  hint: write a number with s, m, h or d: 90s, 15m; at most "
        "100 years\n");
  CHECK(outcome.out.empty());
  CHECK(outcome.exit_code == 2);
}

TEST_CASE_FIXTURE(Fixture, "Ctrl-C at the question does nothing, and exits with 130") {
  const std::string apply = "trap : INT; \"" CLOUDKIT_PROGRAM "\" stack apply " + program.path("main.tf.json") +
                            " --state " + program.url("state/web.json") + " --on " + on +
                            " --var image=al2023; echo code $?";
  test::Terminal terminal({"/bin/sh", "-c", apply},
                          {"HOME=" + program.home(), "PATH=/usr/bin:/bin", "AWS_EC2_METADATA_DISABLED=true"},
                          program.home());
  REQUIRE_MESSAGE(terminal.shows("Only \"yes\" counts."), terminal.screen());
  terminal.type("\x03");
  CHECK_MESSAGE(terminal.shows("nothing was done"), terminal.screen());
  CHECK_MESSAGE(terminal.shows("code 130"), terminal.screen());
}

TEST_CASE_FIXTURE(Fixture, "on a terminal it is asked, and only yes counts; colours are shown but with NO_COLOR") {
  const std::string apply = CLOUDKIT_PROGRAM " stack apply main.tf.json --state '" + program.url("state/web.json") +
                            "' --on '" + on + "' --name web --var image=al2023";
  const auto on_terminal = [&](const std::string& answer, const std::string& variables) {
    // script(1) gives it a terminal.
    return program.shell("cd '" + program.path("") + "' && printf '" + answer + "\\n' | " + variables +
                         " script -qec \"" + apply + "\" /dev/null");
  };
  const auto no = on_terminal("y", "");
  CHECK(contains(no.out, "\x1b[32m  + create firewall.example\x1b[0m"));
  CHECK(contains(no.out, "Do this? Only \"yes\" counts."));
  CHECK(contains(no.out, "nothing was done"));
  CHECK(no.exit_code == 1);
  CHECK(vm("list").out == "");
  const auto yes = on_terminal("yes", "NO_COLOR=1");
  CHECK_FALSE(contains(yes.out, "\x1b[3"));
  CHECK(contains(yes.out, "2 created, 0 updated, 0 replaced, 0 removed"));
  CHECK(yes.exit_code == 0);
}

TEST_CASE_FIXTURE(Fixture, "a plan that was kept is carried out only if nothing moved") {
  REQUIRE(stack("plan", {"--out", program.path("plan.json")}).exit_code == 0);
  const auto applied = stack("apply", {"--plan", program.path("plan.json"), "--yes"});
  CHECK(applied.exit_code == 0);
  CHECK(contains(applied.out, "\n2 created, 0 updated, 0 replaced, 0 removed\n"));
  const auto again = stack("apply", {"--plan", program.path("plan.json"), "--yes"});
  CHECK(again.exit_code == 1);
  CHECK(contains(again.err, "precondition_failed: the state has changed since this was planned\n  hint: plan again\n"));
  // One that says that nothing is to be done is no better.
  REQUIRE(stack("plan", {"--out", program.path("plan.json")}).exit_code == 0);
  CHECK(stack("apply", {"--plan", program.path("plan.json")}).exit_code == 0);
  REQUIRE(vm("rm", {"example-instance", "--wait"}).exit_code == 0);
  const auto moved = stack("apply", {"--plan", program.path("plan.json")});
  CHECK(moved.exit_code == 1);
  CHECK(contains(moved.err, "what there is has changed since this was planned"));
  program.write("none.json", "{}");
  CHECK(stack("apply", {"--plan", program.path("none.json"), "--yes"}).exit_code == 2);
}

TEST_CASE_FIXTURE(Fixture,
                  "an apply that changes nothing tells the outputs, and brings the state up to what is declared") {
  REQUIRE(stack("apply", {"--yes"}).exit_code == 0);
  const std::string before = program.read("state/web.json");
  const auto again = stack("apply");
  CHECK(again.err == "");
  CHECK(again.exit_code == 0);
  CHECK(again.out ==
        "No changes: web is as declared.\n0 created, 0 updated, 0 replaced, 0 removed\naddress = 127.0.0.1\n");
  CHECK(program.read("state/web.json") == before);
  const auto lines = lines_of(stack("apply", {"--json"}).out);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0]["has_changes"] == false);
  CHECK(lines[1] == nlohmann::json::parse(R"({"outputs": {"address": "127.0.0.1"}})"));

  // Which goes first when both go is all that this changes.
  auto file = nlohmann::json::parse(program.read("main.tf.json"));
  auto& machine = file["resource"]["aws_instance"]["example"];
  machine["security_groups"] = nlohmann::json::array();
  program.write("main.tf.json", file.dump());
  REQUIRE(stack("apply", {"--yes"}).exit_code == 0);
  const auto needs = [&] {
    const auto state = nlohmann::json::parse(program.read("state/web.json"));
    return state["state"]["resources"]["instance.example"].value("needs", nlohmann::json::array());
  };
  CHECK(needs().empty());
  machine["depends_on"] = {"aws_security_group.example"};
  program.write("main.tf.json", file.dump());
  CHECK(stack("plan", {"--detailed-exitcode"}).exit_code == 0);
  CHECK(stack("apply").exit_code == 0);
  CHECK(needs() == nlohmann::json::array({"firewall.example"}));
}

TEST_CASE_FIXTURE(Fixture, "a state that was lost is made again of what is there") {
  REQUIRE(stack("apply", {"--yes"}).exit_code == 0);
  std::filesystem::remove(program.path("state/web.json"));
  const std::string listed = vm("list").out;
  const std::string id = listed.substr(0, listed.find(' '));
  const auto firewall = stack("import", {"aws_security_group.example", "example"});
  CHECK(firewall.err == "");
  CHECK(firewall.out == "imported firewall.example (example)\n");
  CHECK(stack("import", {"instance.example", id}).out == "imported instance.example (" + id + ")\n");
  const auto twice = stack("import", {"instance.example", id});
  CHECK(twice.exit_code == 1);
  CHECK(contains(twice.err, "conflict"));
  CHECK(stack("import", {"instance.other", id}).exit_code != 0);
  const auto plan = stack("plan");
  CHECK_MESSAGE(contains(plan.out, "2 unchanged."), plan.out);
  CHECK_FALSE(contains(plan.out, "instance.example"));
  CHECK(stack("apply", {"--yes"}).exit_code == 0);
  CHECK(stack("plan", {"--detailed-exitcode"}).exit_code == 0);
}

TEST_CASE_FIXTURE(Fixture, "a resource is forgotten, and a state that was edited is accepted") {
  REQUIRE(stack("apply", {"--yes"}).exit_code == 0);
  const std::string listed = vm("list").out;
  const std::string id = listed.substr(0, listed.find(' '));
  CHECK(
      contains(stack("import", {"aws_instance.example", id}).err,
               "the state has instance.example already\n  hint: cloudkit stack forget, StackDeployment::forget in C++, "
               "lets it go first\n"));
  CHECK(stack("forget", {"aws_instance.example"}).out == "forgot instance.example\n");
  CHECK(vm("list").out == listed);
  CHECK(contains(stack("forget", {"instance.example", "--json"}).err, "it knows firewall.example"));
  CHECK(stack("import", {"instance.example", id}).exit_code == 0);
  std::string state = program.read("state/web.json");
  state.replace(state.find("\"serial\":"), 9, "\"serial\":1");
  program.write("state/web.json", state);
  for (const char* command : {"plan", "apply", "destroy", "refresh", "output"}) {
    const auto refused = stack(command);
    CHECK(contains(refused.err, "data_loss: "));
    CHECK(contains(refused.err, "hint: restore what was there; or say that it is right: --accept-edited, "));
  }
  CHECK(stack("plan", {"--accept-edited"}).exit_code == 0);
  CHECK(stack("plan").exit_code == 6);
  // From then on it is as it should be.
  CHECK(stack("apply", {"--accept-edited", "--yes"}).exit_code == 0);
  CHECK(stack("plan").exit_code == 0);
}

TEST_CASE_FIXTURE(Fixture, "the state of a stack that has nothing any more goes with destroy") {
  REQUIRE(stack("apply", {"--yes"}).exit_code == 0);
  REQUIRE(vm("rm", {"example-instance", "--wait"}).exit_code == 0);
  REQUIRE(stack("forget", {"instance.example"}).exit_code == 0);
  REQUIRE(stack("forget", {"firewall.example"}).exit_code == 0);
  REQUIRE(std::filesystem::exists(program.path("state/web.json")));
  const auto destroyed = stack("destroy");
  CHECK(destroyed.exit_code == 0);
  CHECK(destroyed.out.starts_with("Nothing to remove: web has nothing.\n"));
  CHECK(program.tree("state") == "");
}

TEST_CASE_FIXTURE(Fixture, "what is wrong is told with its place and what to do") {
  struct {
    test::Words words;
    int exit_code;
    const char* error;
  } const cases[] = {
      {{"plan", "nothing.json", "--state", "mem://s", "--on", "mem://x"}, 3, "there is no file \"nothing.json\""},
      {{"plan", "bad", "--state", "mem://s", "--on", "mem://x"}, 2, "main.tf.json:1:27: /resource/aws_vpc/it: "},
      {{"plan", "bad", "--state", "mem://s", "--detailed-exitcode"}, 1, "main.tf.json:1:"},
      {{"plan", "main.tf.json", "--state", "mem://s", "--on", "ssh://host"}, 2, "known are: aws://REGION, local"},
      {{"plan", "main.tf.json", "--state", "s3://"}, 2, "--state names no bucket"},
      // The key that functions alone have is kept from machines and buckets, and no other one.
      {{"plan", "main.tf.json", "--state", "s3://", "--on", "aws://us-west-2?schedules=rules"}, 2, "names no bucket"},
      {{"plan", "main.tf.json", "--state", "s3://", "--on", "aws://us-west-2?fips=true&schedules=rules&profile=p"},
       2,
       "names no bucket"},
      {{"plan", "main.tf.json", "--state", "s3://", "--on", "aws://us-west-2?schedules=often"}, 2, "schedules"},
      {{"plan", "main.tf.json", "--state", "s3://", "--on", "aws://us-west-2?schedule=rules"}, 2, "\"schedule\""},
      {{"plan", "empty.json", "--state", "mem://s", "--name", "web"}, 2, "the file does not say where its things are"},
      {{"plan", "main.tf.json", "--state", "mem://s", "--var", "x"}, 2, "--var takes KEY=VALUE"},
      {{"plan", "main.tf.json", "--state", "mem://s", "--var", "x=1"}, 2, "there is no variable \"x\""},
      {{"plan", "main.tf.json"}, 2, "--state is required"},
      {{"plan", "main.tf.json", "--detailed-exitcode"}, 1, "--state is required"},
      {{"plan", "main.tf.json", "--state", "mem://s", "--name", "A B"}, 2, "\"A B\" is no name of a stack"},
      {{}, 2, "no command was given"},
  };
  std::filesystem::create_directory(program.path("bad"));
  program.write("bad/main.tf.json", R"({"resource": {"aws_vpc": {"it": {}}}})");
  program.write("empty.json", "{}");
  for (const auto& one : cases) {
    std::string command = "cd '" + program.path("") + "' && cloudkit stack";
    for (const std::string& word : one.words) command += " '" + word + "'";
    const auto outcome = program.shell(command);
    CAPTURE(one.error);
    CHECK_MESSAGE(contains(outcome.err, one.error), outcome.err);
    CHECK(outcome.exit_code == one.exit_code);
  }
}

TEST_CASE_FIXTURE(Fixture, "who holds the lock is told, and that it is to be tried again") {
  REQUIRE(stack("apply", {"--yes"}).exit_code == 0);
  REQUIRE(stack("plan", {"--out", program.path("plan.json")}).exit_code == 0);
  program.write("state/web.json.lock",
                R"({"owner": "ada@build7", "since": "2026-11-26T01:00:00Z", "expires": "2099-01-01T00:00:00Z"})");
  for (const auto& refused :
       {stack("apply", {"--plan", program.path("plan.json"), "--yes"}), stack("destroy", {"--yes"}), stack("refresh"),
        stack("import", {"instance.example", "i"})}) {
    CHECK(refused.exit_code == 5);
    CHECK(contains(refused.err,
                   "the stack is being changed by ada@build7, since 2026-11-26T01:00:00Z\n  hint: wait for it"));
    CHECK(contains(refused.err, "web.json.lock expires at 2099-01-01T00:00:00Z by itself\n"));
  }
  CHECK(stack("plan").exit_code == 0);  // Looking needs no lock.
  std::filesystem::remove(program.path("state/web.json.lock"));
}

#include "deploy_container.h"
#include "instance_profile.h"
#include "moto.h"
#include "support/fake_compute_account.h"
#include "support/stopwatch.h"

#include <cloudkit/aws_compute.h>

#include <chrono>

// On AWS's API, by the scripted docker of tests/support/fake_docker. Machines of the strict fake run their user data;
// those of moto do not.

using examples::contains;
using nlohmann::json;

namespace {

struct Strict : examples::Deployment {
  std::optional<test::FakeComputeAccount> account = test::FakeComputeAccount::make();
  std::string port = examples::free_port();

  Strict() {
    if (account) examples::make_instance_profile(account->options<cloudkit::aws::ServiceOptions>(), "web");
  }
  examples::Outcome run(const std::string& more, const examples::IsTime& until = {}) const {
    return Deployment::run(account->compute_url(), more,
                           account->variables() + "PATH=" + test::environment("CLOUDKIT_TEST_COMPUTE_BIN") + ":$PATH ",
                           until);
  }
  examples::Outcome deploy(const examples::IsTime& until = {}) const {
    return run(app() + " --identity web --patience 60 --port " + port, until);
  }
  int called(const std::string& operation) const {
    int count = 0;
    for (const json& call : account->calls()) count += call.at(1) == operation ? 1 : 0;
    return count;
  }
  std::string docker(const std::string& name) const { return directory.file(".fake-docker/" + name); }
};

}  // namespace

TEST_CASE_FIXTURE(Strict, "the image is built, pushed, run by a machine and answers; a second run makes nothing") {
  if (!account) return;
  const auto first = deploy();
  REQUIRE_MESSAGE(first.exit_code == 0, first.output);
  CHECK(contains(first.output, "\npushed "));
  CHECK(contains(first.output, ") lets tcp " + port + " in\nlaunched web (i-"));
  CHECK(first.output.ends_with("serving at http://127.0.0.1:" + port + "/\n"));
  CHECK(contains(examples::page(port), "<h1>Hello from a container</h1>"));
  // The password went by standard input, and nobody has seen it.
  const std::string calls = examples::read_file(docker("calls"));
  CHECK(contains(calls, "\"--password-stdin\""));
  CHECK_FALSE(contains(calls + first.output + first.log, "cktest-registry-"));

  const auto compute = cloudkit::aws::make_compute(account->options<cloudkit::aws::ComputeOptions>()).value();
  const auto firewall = compute.get_firewall("web-http").value();
  int inbound = 0;
  for (const auto& rule : firewall.rules) {
    if (rule.direction != cloudkit::Direction::inbound) continue;
    ++inbound;
    CHECK(std::to_string(rule.from) == port);
    CHECK(std::to_string(rule.to) == port);
    CHECK(rule.protocol == cloudkit::Protocol::tcp);
  }
  CHECK(inbound == 1);

  account->forget_calls();
  const auto second = deploy();
  CHECK(second.exit_code == 0);
  CHECK(contains(second.output, ") is there already, with this image\nserving at http://127.0.0.1:" + port + "/\n"));
  for (const char* operation : {"RunInstances", "CreateSecurityGroup", "AuthorizeSecurityGroupIngress", "CreateTags"}) {
    CHECK_MESSAGE(called(operation) == 0, operation);
  }

  const auto removed = run("--remove");
  CHECK(removed.exit_code == 0);
  CHECK(removed.output.starts_with("removed the machine web (i-"));
  CHECK(removed.output.ends_with(")\nremoved the firewall web-http\nremoved the repository web with its images\n"));
  CHECK(examples::page(port).empty());
  CHECK(run("--remove").output == "there is no machine web\n");
  CHECK(compute.get_firewall("web-http").error().code == cloudkit::ErrorCode::not_found);
}

TEST_CASE_FIXTURE(Strict, "another version of the application replaces the old one on the machine that is there") {
  if (!account) return;
  REQUIRE(deploy().exit_code == 0);
  change_greeting("Hello again");
  const auto updated = deploy();
  CHECK_MESSAGE(updated.exit_code == 0, updated.output);
  CHECK(contains(updated.output, "\nupdated web (i-"));
  CHECK(called("RunInstances") == 1);
  CHECK(contains(examples::page(port), "<h1>Hello again</h1>"));
  CHECK(contains(deploy().output, ") is there already, with this image\n"));
  CHECK(run("--remove").exit_code == 0);
}

TEST_CASE_FIXTURE(Strict, "a machine that was stopped is started, and one that has never answered is tried again") {
  if (!account) return;
  const std::string page = examples::read_file(app() + "/app.py");
  examples::write(app() + "/app.py", "raise SystemExit('not yet')\n");
  CHECK(run(app() + " --identity web --patience 3 --port " + port).exit_code == 5);
  const auto again = deploy();
  CHECK(again.exit_code == 1);
  CHECK_MESSAGE(contains(again.output, "container web: it does not go on: "), again.output);
  CHECK_FALSE(contains(again.output, "is there already, with this image"));

  examples::write(app() + "/app.py", page);
  REQUIRE(deploy().exit_code == 0);
  const auto compute = cloudkit::aws::make_compute(account->options<cloudkit::aws::ComputeOptions>()).value();
  const std::string id = compute.find("web").value().id;
  REQUIRE(compute.stop(id));
  // Its container is not started with it, so nothing will answer.
  const auto started = deploy([](const std::string& output) { return contains(output, ") is there already, with "); });
  CHECK_MESSAGE(contains(started.output, "\nstarted web (" + id + ")\nweb (" + id + ") is there already, with this"),
                started.output);

  // What another run has made at the same time goes, too.
  auto spec = cloudkit::InstanceSpec{.name = "web", .image = "al2023", .type = "t3.micro"};
  spec.tags = {{"deploy-container", "web"}};
  REQUIRE(compute.create(spec));
  CHECK(run("--remove").exit_code == 0);
  CHECK(compute.find("web").error().code == cloudkit::ErrorCode::not_found);
}

TEST_CASE_FIXTURE(Strict, "an update waits for a machine that takes no commands as long as --patience says") {
  if (!account) return;
  account->turn({{"agent_looks", 1000000}});
  REQUIRE(deploy().exit_code == 0);
  change_greeting("Hello again");
  const test::Stopwatch watch;
  const auto failed = run(app() + " --identity web --patience 2 --port " + port);
  CHECK(watch.elapsed() < std::chrono::seconds(60));
  CHECK(failed.exit_code == 5);
  CHECK_MESSAGE(contains(failed.output, "its agent has not reported yet"), failed.output);
  CHECK(contains(examples::page(port), "<h1>Hello from a container</h1>"));
  CHECK(run("--remove").exit_code == 0);
}

TEST_CASE_FIXTURE(Strict, "an engine that fails says why, and no machine is launched") {
  if (!account) return;
  std::filesystem::create_directory(directory.file(".fake-docker"));
  for (const std::string command : {"build", "login", "push"}) {
    examples::write(docker("fail-" + command), "the " + command + " is denied");
    const auto failed = deploy();
    CHECK(failed.exit_code == 1);
    CHECK(contains(failed.output, "the " + command + " is denied\n"));
    CHECK(contains(failed.output, "unknown: docker " + command));
    CHECK(contains(failed.output, " failed: exit status 1\n  hint: it says why itself, above\n"));
    CHECK(contains(failed.output, "what was made stays; --remove takes it away\n") == (command != "build"));
    std::filesystem::remove(docker("fail-" + command));
  }
  CHECK(called("RunInstances") == 0);
  CHECK(called("CreateSecurityGroup") == 0);
  const auto removed = run("--remove");
  CHECK(removed.exit_code == 0);
  CHECK(removed.output == "there is no machine web\nremoved the repository web with its images\n");
}

TEST_CASE_FIXTURE(Strict, "what others made of the same name is never touched") {
  if (!account) return;
  const auto options = account->options<cloudkit::aws::ServiceOptions>();
  const auto compute = cloudkit::aws::make_compute(account->options<cloudkit::aws::ComputeOptions>()).value();
  REQUIRE(cloudkit::aws::ServiceClient("ecr", options)
              .call({.action = "CreateRepository", .body = R"({"repositoryName": "web"})"}));
  const auto firewall = compute.ensure_firewall({.name = "web-http"}).value();
  const auto blocked = deploy();
  CHECK(blocked.exit_code == 1);
  CHECK(contains(blocked.output, "conflict: the firewall web-http is not of deploy_container\n  hint: take another"));
  CHECK(called("RunInstances") == 0);

  const auto machine = compute.create({.name = "web", .image = "al2023", .type = "t3.micro"}).value();
  CHECK(contains(deploy().output, "conflict: the machine web (" + machine.id + ") is not of deploy_container\n"));
  CHECK(run("--remove").exit_code == 1);
  REQUIRE(compute.destroy(machine.id, {.wait = true}));
  const auto kept = run("--remove");
  CHECK(kept.exit_code == 1);
  CHECK(contains(kept.output, "conflict: the repository web is not of deploy_container: it stays\n"));
  CHECK(compute.get_firewall(firewall.id));
}

TEST_CASE_FIXTURE(examples::Deployment, "against moto every call is made") {
  const auto moto = examples::find_moto();
  if (!moto) return;
  // With a registry of its own, which takes moto's password.
  std::filesystem::create_directory(directory.file("bin"));
  std::filesystem::create_symlink(FAKE_DOCKER_PROGRAM, directory.file("bin/docker"));
  // stack_aws_test.cc takes all that is in its own region for its leftovers.
  const std::string on = moto->on("eu-west-2");
  const std::string variables = moto->variables() + "PATH=" + directory.file("bin") + ":$PATH ";
  cloudkit::aws::ServiceOptions options;
  options.region = "eu-west-2";
  options.endpoint = moto->url;
  options.credentials = cloudkit::aws::explicit_credentials({moto->key, moto->secret});
  // One of its own, since nobody takes it away.
  const std::string profile = std::filesystem::path(directory.path()).filename().string();
  examples::make_instance_profile(options, profile);
  const std::string deploy = app() + " --patience 1 --identity " + profile;
  // Its machines run nothing, so nothing answers.
  const auto deployed = run(on, deploy, variables);
  CHECK_MESSAGE(deployed.exit_code == 5, deployed.output);
  CHECK(contains(deployed.output, "\nlaunched web (i-"));
  CHECK(contains(deployed.output, "what was made stays; --remove takes it away\n"));
  const auto again = run(on, deploy, variables);
  CHECK(again.exit_code == 5);
  CHECK_FALSE(contains(again.output, "with this image"));
  const auto removed = run(on, "--remove", variables);
  CHECK_MESSAGE(removed.exit_code == 0, removed.output);
  CHECK(removed.output.ends_with(")\nremoved the firewall web-http\nremoved the repository web with its images\n"));
}

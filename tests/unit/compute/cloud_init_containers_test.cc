#include <doctest/doctest.h>

#include "prefixed_machine.h"

#include <algorithm>

// Containers, with an engine that keeps them as files below the prefix: `containers/NAME` has the label, the image's
// id and whether it runs.

using namespace cloudkit;

namespace {

StepReport report(const test::PrefixedMachine& machine, const CloudInit& steps) {
  const auto run = machine.run(steps);
  auto parsed = parse_report(run.out);
  REQUIRE_MESSAGE(parsed, run.out << run.err);
  return *parsed;
}

void install_engine(const test::PrefixedMachine& machine, const std::string& name) {
  machine.program(name, R"sh(
cd "${log%/*}" && mkdir -p containers images || exit 9
case "$1 $2" in
  'container inspect') exec cat "containers/$5" 2>/dev/null ;;
  'image inspect')
    for image; do :; done
    [ -e "images/$(echo "$image" | tr / _)" ] || exit 1
    exec cat "images/$(echo "$image" | tr / _)" ;;
esac
echo "$*" >>"$log"
case $1 in
  pull)
    [ ! -e unreachable ] || { echo 'no such host' >&2; exit 1; }
    cp registry "images/$(echo "$2" | tr / _)" ;;
  login) [ "$(cat)" = cktest-ecr-1 ] ;;
  rm) [ -e "containers/$3" ] && rm "containers/$3" ;;
  rename) mv "containers/$2" "containers/$3" ;;
  stop) sed 's/true$/false/' -i "containers/$2" ;;
  start) sed 's/false$/true/' -i "containers/$2" ;;
  run)
    [ ! -e refused ] || { echo 'port is already allocated' >&2; exit 125; }
    [ "$5" = --label ] || exit 9
    for word; do [ "$previous" != --env-file ] || cp "$word" env; previous=$word; done
    echo "${6#cloudkit.steps=} $(cat registry) true" >"containers/$4" ;;
esac 2>&1)sh");
  machine.write("/registry", "sha256:1\n");
}

ContainerStep web() {
  return {
      .name = "web",
      .image = "registry.example/app:1",
      .ports = {{.machine = 5000, .container = 80}, {.machine = 53, .container = 53, .udp = true, .address = "::1"}},
      .environment = {{"GREETING", "it's $HOME"}, {"TOKEN", "cktest-env-2"}},
      .volumes = {{.source = "data", .target = "/data"}, {.source = "/srv/x y", .target = "/srv", .read_only = true}},
      .arguments = {"--flag", "a b"}};
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("a container is pulled and run, and left alone while nothing changes") {
  for (const std::string engine : {"docker", "podman"}) {
    const test::PrefixedMachine machine;
    install_engine(machine, engine);
    const auto steps = CloudInit().container(web());
    CHECK(report(machine, steps).changed == std::vector<std::string>{"container web"});
    const std::string calls = machine.calls();
    CHECK(calls.find("run -d --name web --label cloudkit.steps=") != std::string::npos);
    CHECK(calls.find(" --restart always -p 5000:80 -p [::1]:53:53/udp --env-file ") != std::string::npos);
    CHECK(calls.find(" -v data:/data -v " + machine.path("/srv/x y") +
                     ":/srv:ro registry.example/app:1 --flag a b\n") != std::string::npos);
    CHECK(machine.read("/env") == "GREETING=it's $HOME\nTOKEN=cktest-env-2\n");
    // Nobody sees it among the arguments.
    CHECK(calls.find("cktest-env-2") == std::string::npos);

    CHECK(report(machine, steps).ok.size() == 1);
    CHECK(machine.calls() == "pull registry.example/app:1\n");
  }
}

TEST_CASE("a container is replaced when it, or what the registry has, has changed") {
  const test::PrefixedMachine machine;
  install_engine(machine, "docker");
  ContainerStep step = web();
  report(machine, CloudInit().container(step));
  step.environment["GREETING"] = "hello";
  CHECK(report(machine, CloudInit().container(step)).changed.size() == 1);
  CHECK(machine.names("/containers") == std::vector<std::string>{"web"});
  machine.write("/registry", "sha256:2\n");
  CHECK(report(machine, CloudInit().container(step)).changed.size() == 1);
  CHECK(machine.read("/containers/web").find("sha256:2 true") != std::string::npos);
  CHECK(report(machine, CloudInit().container(step)).ok.size() == 1);
  // Not asked for, not seen.
  machine.write("/registry", "sha256:3\n");
  step.pull = false;
  machine.calls();
  CHECK(report(machine, CloudInit().container(step)).ok.size() == 1);
  CHECK(machine.calls() == "");
}

TEST_CASE("a container that stopped is started again") {
  const test::PrefixedMachine machine;
  install_engine(machine, "docker");
  report(machine, CloudInit().container(web()));
  const std::string running = machine.read("/containers/web");
  machine.write("/containers/web", running.substr(0, running.rfind("true")) + "false\n");
  CHECK(report(machine, CloudInit().container(web())).changed.size() == 1);
  CHECK(machine.read("/containers/web") == running);
  CHECK(count(machine.calls(), "run ") == 1);
}

TEST_CASE("the old container goes on when the new one does not start, or its image is not to be had") {
  const test::PrefixedMachine machine;
  install_engine(machine, "docker");
  report(machine, CloudInit().container(web()));
  const std::string running = machine.read("/containers/web");
  ContainerStep next = web();
  next.restart = RestartPolicy::on_failure;
  machine.write("/refused", "");
  auto failed = report(machine, CloudInit().container(next)).failed;
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].message == "exit code 125; port is already allocated; the old one runs again");
  CHECK(machine.read("/containers/web") == running);
  CHECK(machine.names("/containers") == std::vector<std::string>{"web"});

  std::filesystem::remove(machine.path("/refused"));
  machine.write("/unreachable", "");
  next.image = "registry.example/app:2";
  failed = report(machine, CloudInit().container(next)).failed;
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].message == "exit code 1; no such host");
  CHECK(machine.read("/containers/web") == running);
}

TEST_CASE("a login to ECR asks the machine's role, and shows no password") {
  const test::PrefixedMachine machine;
  install_engine(machine, "docker");
  ContainerStep step{.name = "web", .image = "123456789012.dkr.ecr.us-west-2.amazonaws.com/app:1", .ecr_login = true};
  auto failed = report(machine, CloudInit().container(step)).failed;
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].message == "there is no aws, which a login to ECR needs");
  machine.program("aws", "[ \"$*\" = 'ecr get-login-password --region us-west-2' ] && echo cktest-ecr-1");
  CHECK(report(machine, CloudInit().container(step)).changed.size() == 1);
  const std::string calls = machine.calls();
  CHECK(calls.find("login --username AWS --password-stdin 123456789012.dkr.ecr.us-west-2.amazonaws.com\n") !=
        std::string::npos);
  CHECK(calls.find("cktest-ecr-1") == std::string::npos);
  machine.program("aws", "echo 'Unable to locate credentials' >&2; exit 255");
  failed = report(machine, CloudInit().container(step)).failed;
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].message == "exit code 1; Unable to locate credentials");
}

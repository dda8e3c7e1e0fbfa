#include <doctest/doctest.h>

#include "prefixed_machine.h"

#include <algorithm>

// Containers, with an engine that keeps them as files below the prefix: `containers/NAME` has id, status, how often it
// was started again, exit code, image and label. A file `on-start` or `on-sleep` is what happens then.

using namespace cloudkit;

namespace {

void install_engine(const ::test::PrefixedMachine& machine, const std::string& name) {
  machine.program(name, R"sh(
cd "${log%/*}" && mkdir -p containers images || exit 9
# As the real ones: by name or by id, and an error where there is none.
place() {
  place=containers/$1
  [ -e "$place" ] || place=$(grep -l "^$1 " containers/*) || { echo "Error: No such container: $1" >&2; exit 1; }
}
become() { sed "s/^\([^ ]*\) [^ ]* [^ ]* [^ ]*/\1 $*/" -i "$place"; }
case "$1 $2" in
  'container inspect' | 'ps -a')
    [ ! -e away ] || { echo 'Cannot connect to the Docker daemon' >&2; exit 1; } ;;
esac
case "$1 $2" in
  'container inspect')
    [ "$3" = -f ] || exit 9
    place "$5"
    exec cut -d ' ' -f 2- "$place" ;;
  'ps -a') [ "$3 $5" = '--filter --format' ] && exec ls containers ;;
  'image inspect')
    for image; do :; done
    [ -e "images/$(echo "$image" | tr / _)" ] || exit 1
    exec cat "images/$(echo "$image" | tr / _)" ;;
  'logs --tail') echo 'panic: no configuration'; exit ;;
esac
echo "$*" >>"$log"
case $1 in
  pull)
    [ ! -e unreachable ] || { echo 'no such host' >&2; exit 1; }
    [ ! -e private ] || [ -e "${DOCKER_CONFIG:-/nonexistent}/config.json" ] || { echo denied >&2; exit 1; }
    cp registry "images/$(echo "$2" | tr / _)" ;;
  login) [ "$(cat)" = cktest-ecr-1 ] && echo cktest-ecr-1 >"${DOCKER_CONFIG:-home}/config.json" ;;
  rm) place "$3"; rm "$place" ;;
  rename) place "$2"; mv "$place" "containers/$3" ;;
  stop) place "$2"; become exited 0 137 ;;
  unpause) place "$2"; become running 0 0 ;;
  start)
    place "$2"
    [ ! -e refused ] || [ "$2" = web ] || { echo 'port is already allocated' >&2; exit 1; }
    become running 0 0
    if [ -e on-start ] && [ "$2" != web ]; then . ./on-start; fi ;;
  create)
    [ "$2 $4" = '--name --label' ] || exit 9
    [ ! -e "containers/$3" ] || { echo 'the name is already in use' >&2; exit 125; }
    for word; do [ "$previous" != --env-file ] || cp "$word" env; previous=$word; done
    id=id$(($(cat ids 2>/dev/null || echo 0) + 1))
    echo "${id#id}" >ids
    echo "$id created 0 0 $(cat registry) ${5#cloudkit.steps=}" >"containers/$3"
    echo 'WARNING: a kernel without swap limits' >&2
    echo "$id" ;;
esac)sh");
  machine.program("sleep", R"sh(cd "${log%/*}"; echo slept >>sleeps
place=$(ls containers/* | grep -v old)
become() { sed "s/^\([^ ]*\) [^ ]* [^ ]* [^ ]*/\1 $*/" -i "$place"; }
if [ -e on-sleep ]; then . ./on-sleep; fi)sh");
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

std::string replaced(std::string text, const std::string& part, const std::string& by) {
  return text.replace(text.find(part), part.size(), by);
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("a container is pulled and run, and left alone while nothing changes") {
  for (const std::string engine : {"docker", "podman"}) {
    const ::test::PrefixedMachine machine;
    install_engine(machine, engine);
    const auto steps = CloudInit().container(web());
    CHECK(report(machine, steps).changed == std::vector<std::string>{"container web"});
    const std::string calls = machine.calls();
    CHECK(calls.find("create --name web --label cloudkit.steps=") != std::string::npos);
    CHECK(calls.find(" --restart always -p 5000:80 -p [::1]:53:53/udp --env-file ") != std::string::npos);
    CHECK(calls.find(" -v data:/data -v " + machine.path("/srv/x y") +
                     ":/srv:ro registry.example/app:1 --flag a b\n") != std::string::npos);
    CHECK(machine.read("/env") == "GREETING=it's $HOME\nTOKEN=cktest-env-2\n");
    // Nobody sees it among the arguments.
    CHECK(calls.find("cktest-env-2") == std::string::npos);

    CHECK(calls.ends_with("start id1\n"));
    CHECK(count(machine.read("/sleeps"), "slept") == 5);

    CHECK(report(machine, steps).ok.size() == 1);
    CHECK(machine.calls() == "pull registry.example/app:1\n");
    CHECK(count(machine.read("/sleeps"), "slept") == 5);
  }
}

TEST_CASE("a container is replaced when it, or what the registry has, has changed") {
  const ::test::PrefixedMachine machine;
  install_engine(machine, "docker");
  ContainerStep step = web();
  report(machine, CloudInit().container(step));
  step.environment["GREETING"] = "hello";
  CHECK(report(machine, CloudInit().container(step)).changed.size() == 1);
  CHECK(machine.names("/containers") == std::vector<std::string>{"web"});
  machine.write("/registry", "sha256:2\n");
  CHECK(report(machine, CloudInit().container(step)).changed.size() == 1);
  CHECK(machine.read("/containers/web").starts_with("id3 running 0 0 sha256:2 "));
  CHECK(report(machine, CloudInit().container(step)).ok.size() == 1);
  // Not asked for, not seen.
  machine.write("/registry", "sha256:3\n");
  step.pull = false;
  machine.calls();
  CHECK(report(machine, CloudInit().container(step)).ok.size() == 1);
  CHECK(machine.calls() == "");
}

TEST_CASE("a container that stopped is started again, and one that is paused goes on") {
  const ::test::PrefixedMachine machine;
  install_engine(machine, "docker");
  report(machine, CloudInit().container(web()));
  const std::string running = machine.read("/containers/web");
  for (const std::string state : {"exited 0 1", "exited 0 0", "created 0 0", "paused 0 0"}) {
    machine.write("/containers/web", replaced(running, "running 0 0", state));
    CHECK(report(machine, CloudInit().container(web())).changed.size() == 1);
    CHECK(machine.read("/containers/web") == running);
  }
  CHECK(count(machine.calls(), "create ") == 1);
}

TEST_CASE("what is not to be started again has done its work when it ended well") {
  const ::test::PrefixedMachine machine;
  install_engine(machine, "docker");
  ContainerStep step = web();
  step.restart = RestartPolicy::never;
  machine.write("/on-start", "become exited 0 0\n");
  CHECK(report(machine, CloudInit().container(step)).changed.size() == 1);
  machine.calls();
  CHECK(report(machine, CloudInit().container(step)).ok.size() == 1);
  CHECK(machine.calls() == "pull registry.example/app:1\n");
  machine.write("/on-start", "become exited 0 3\n");
  step.arguments = {"other"};
  const auto failed = report(machine, CloudInit().container(step)).failed;
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].message == "it does not go on: exit code 3; panic: no configuration; the old one runs again");
}

TEST_CASE("the old container goes on when the new one does not start, or its image is not to be had") {
  const ::test::PrefixedMachine machine;
  install_engine(machine, "docker");
  report(machine, CloudInit().container(web()));
  const std::string running = machine.read("/containers/web");
  ContainerStep next = web();
  next.restart = RestartPolicy::on_failure;
  machine.write("/refused", "");
  auto failed = report(machine, CloudInit().container(next)).failed;
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].message == "exit code 1; port is already allocated; the old one runs again");
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

TEST_CASE("a new container that starts, then dies, does not replace the old one") {
  for (const char* when : {"/on-start", "/on-sleep"}) {
    const ::test::PrefixedMachine machine;
    install_engine(machine, "docker");
    report(machine, CloudInit().container(web()));
    const std::string running = machine.read("/containers/web");
    ContainerStep next = web();
    next.environment.clear();
    // By the time that somebody looks it may run again.
    for (const char* state : {"restarting 1 1", "running 1 1", "exited 0 1", "dead 0 1"}) {
      machine.write(when, std::string("become ") + state + "\n");
      const auto run = machine.run(CloudInit().container(next));
      const auto failed = parse_report(run.out).value().failed;
      REQUIRE(failed.size() == 1);
      CHECK(failed[0].message == "it does not go on: exit code 1; panic: no configuration; the old one runs again");
      CHECK(run.err.find("| panic: no configuration\n") != std::string::npos);
      CHECK(machine.read("/containers/web") == running);
      CHECK(machine.names("/containers") == std::vector<std::string>{"web"});
      std::filesystem::remove(machine.path(when));
    }
  }
}

TEST_CASE("a container that is started again and again is not ok, and one that once was is") {
  const ::test::PrefixedMachine machine;
  install_engine(machine, "docker");
  report(machine, CloudInit().container(web()));
  const std::string running = machine.read("/containers/web");
  machine.write("/containers/web", replaced(running, "running 0 0", "running 3 0"));
  CHECK(report(machine, CloudInit().container(web())).ok.size() == 1);
  machine.write("/on-sleep", "become running 4 1\n");
  CHECK(report(machine, CloudInit().container(web())).failed.size() == 1);
  machine.write("/containers/web", replaced(running, "running 0 0", "restarting 4 1"));
  CHECK(report(machine, CloudInit().container(web())).failed.size() == 1);
}

TEST_CASE("an engine that does not answer is no reason to remove anything") {
  const ::test::PrefixedMachine machine;
  install_engine(machine, "docker");
  report(machine, CloudInit().container(web()));
  machine.calls();
  const std::string running = machine.read("/containers/web");
  ContainerStep next = web();
  next.environment.clear();
  machine.write("/away", "");
  const auto failed = report(machine, CloudInit().container(next)).failed;
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].message == "exit code 1; Cannot connect to the Docker daemon");
  CHECK(machine.read("/containers/web") == running);
  CHECK(machine.calls() == "pull registry.example/app:1\n");
}

TEST_CASE("a run that broke off between two containers is made up for; what others have called so is left alone") {
  const ::test::PrefixedMachine machine;
  install_engine(machine, "docker");
  report(machine, CloudInit().container(web()));
  const std::string running = machine.read("/containers/web");
  ContainerStep next = web();
  next.environment.clear();
  const std::string stopped = replaced(running, "running 0 0", "exited 0 137");
  // Before the new one was made; behind that.
  std::filesystem::remove(machine.path("/containers/web"));
  machine.write("/containers/web.old", stopped);
  CHECK(report(machine, CloudInit().container(web())).changed.size() == 1);
  CHECK(machine.read("/containers/web") == running);
  machine.write("/containers/web.old", stopped);
  machine.write("/containers/web", replaced(running, "id1 running", "id7 created"));
  CHECK(report(machine, CloudInit().container(next)).changed.size() == 1);
  CHECK(machine.read("/containers/web").starts_with("id2 running "));
  CHECK(machine.names("/containers") == std::vector<std::string>{"web"});

  const std::string theirs = "id9 running 0 0 sha256:9 \n";
  machine.write("/containers/web.old", theirs);
  auto failed = report(machine, CloudInit().container(web())).failed;
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].message == "the container web.old is in the way, and was not made by a step");
  CHECK(machine.read("/containers/web.old") == theirs);
  CHECK(machine.read("/containers/web").starts_with("id2 running "));
}

TEST_CASE("a login to ECR asks the machine's role, and shows no password") {
  const ::test::PrefixedMachine machine;
  install_engine(machine, "docker");
  ContainerStep step{.name = "web", .image = "123456789012.dkr.ecr.us-west-2.amazonaws.com/app:1", .ecr_login = true};
  auto failed = report(machine, CloudInit().container(step)).failed;
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].message == "there is no aws, which a login to ECR needs");
  machine.program("aws", "[ \"$*\" = 'ecr get-login-password --region us-west-2' ] && echo cktest-ecr-1");
  machine.write("/private", "");
  CHECK(report(machine, CloudInit().container(step)).changed.size() == 1);
  CHECK(!machine.has("/home/config.json"));
  const std::string calls = machine.calls();
  CHECK(calls.find("login --username AWS --password-stdin 123456789012.dkr.ecr.us-west-2.amazonaws.com\n") !=
        std::string::npos);
  CHECK(calls.find("cktest-ecr-1") == std::string::npos);
  machine.program("aws", "echo 'Unable to locate credentials' >&2; exit 255");
  failed = report(machine, CloudInit().container(step)).failed;
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].message == "exit code 1; Unable to locate credentials");
}

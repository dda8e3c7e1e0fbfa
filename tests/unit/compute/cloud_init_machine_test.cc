#include <doctest/doctest.h>

#include "prefixed_machine.h"

// What changes the machine itself, with programs below the prefix that write down how they are called.

using namespace cloudkit;
using ::test::Names;

namespace {

// A systemd whose units are files: `run/NAME` has how it is, when it is not inactive, `enabled/NAME` whether it is.
void install_systemd(const ::test::PrefixedMachine& machine) {
  machine.program("systemctl", R"sh(
verb=$1; [ "$2" = -- ] && shift; unit=$2
cd "${log%/*}" && mkdir -p run enabled || exit 9
case $verb in
  is-active)
    cat "run/$unit" 2>/dev/null || { echo inactive; exit 3; }
    grep -qx active "run/$unit" || exit 3
    exit ;;
  is-enabled)
    cat "enabled/$unit" 2>/dev/null || { echo disabled; exit 1; }
    grep -qxE 'enabled|enabled-runtime|static|alias|indirect|generated' "enabled/$unit" || exit 1
    exit ;;
  show) echo "NeedDaemonReload=$(cat reload 2>/dev/null || echo no)"; exit ;;
esac
echo "$*" | sed "s/^-- /$verb /" >>"$log"
if [ -e broken ]; then echo "Job for $unit.service failed" >&2; exit 1; fi
case $verb in
  start | restart) echo active >"run/$unit" ;;
  stop) rm "run/$unit" ;;
  enable) echo enabled >"enabled/$unit" ;;
  disable)
    [ "$unit" != --runtime ] || { unit=$4; grep -q runtime "enabled/$unit" || exit 9; }
    rm "enabled/$unit" ;;
  daemon-reload) rm reload ;;
esac)sh");
}

CloudInit site(std::string text, std::string validate = {}) {
  return CloudInit()
      .file({.path = "/etc/nginx/nginx.conf",
             .content = std::move(text),
             .validate = std::move(validate),
             .notify = "nginx"})
      .service({.name = "nginx"});
}

}  // namespace

TEST_CASE("a service is started and enabled once, and restarted only when what notifies it changed") {
  const ::test::PrefixedMachine machine;
  install_systemd(machine);
  CHECK(report(machine, site("1")).changed == Names{"file /etc/nginx/nginx.conf", "service nginx"});
  CHECK(machine.calls() == "enable nginx\nstart nginx\n");
  CHECK(report(machine, site("1")).ok.size() == 2);
  CHECK(machine.calls() == "");
  CHECK(report(machine, site("2")).changed.size() == 2);
  CHECK(machine.calls() == "restart nginx\n");
  // A file that notifies nobody restarts nothing.
  CHECK(report(machine, CloudInit().file({.path = "/x", .content = "x"}).service({.name = "nginx"})).ok.size() == 1);
  CHECK(machine.calls() == "");
}

TEST_CASE("a restart that did not come is made up for by the next run") {
  const ::test::PrefixedMachine machine;
  install_systemd(machine);
  report(machine, site("1"));
  machine.write("/broken", "");
  auto failed = report(machine, site("2"));
  CHECK(failed.changed == Names{"file /etc/nginx/nginx.conf"});
  REQUIRE(failed.failed.size() == 1);
  CHECK(failed.failed[0] == StepProblem{"service nginx", "exit code 1; Job for nginx.service failed"});
  std::filesystem::remove(machine.path("/broken"));
  machine.calls();
  CHECK(report(machine, site("2")).changed == Names{"service nginx"});
  CHECK(machine.calls() == "restart nginx\n");
  CHECK(report(machine, site("2")).ok.size() == 2);
}

TEST_CASE("a validation that fails leaves file and service as they were") {
  const ::test::PrefixedMachine machine;
  install_systemd(machine);
  report(machine, site("good", "grep -q good %s"));
  machine.calls();
  const auto refused = report(machine, site("bad", "grep -q good %s"));
  CHECK(refused.failed.size() == 1);
  CHECK(refused.not_run == 1);
  CHECK(machine.read("/etc/nginx/nginx.conf") == "good");
  CHECK(report(machine, site("good", "grep -q good %s")).ok.size() == 2);
  CHECK(machine.calls() == "");
}

TEST_CASE("services: stopped, disabled, left as they are, and units that changed") {
  const ::test::PrefixedMachine machine;
  install_systemd(machine);
  report(machine, site("1"));
  machine.calls();
  CHECK(report(machine, CloudInit().service({.name = "nginx", .started = {}, .enabled = {}})).ok.size() == 1);
  CHECK(report(machine, CloudInit().service({.name = "nginx", .started = false, .enabled = false})).changed.size() ==
        1);
  CHECK(machine.calls() == "disable nginx\nstop nginx\n");
  CHECK(report(machine, CloudInit().service({.name = "nginx", .started = false, .enabled = false})).ok.size() == 1);
  machine.write("/reload", "yes");
  CHECK(report(machine, CloudInit().service({.name = "nginx", .enabled = {}})).changed.size() == 1);
  CHECK(machine.calls() == "daemon-reload\nstart nginx\n");
}

TEST_CASE("services: what systemd says is taken at its word") {
  const ::test::PrefixedMachine machine;
  install_systemd(machine);
  const auto calls_for = [&](const ServiceStep& step, const std::string& run, const std::string& enabled) {
    machine.write("/run/app", run);
    machine.write("/enabled/app", enabled);
    CHECK(report(machine, CloudInit().service(step)).failed.empty());
    const std::string calls = machine.calls();
    // And then it is as it is to be.
    CHECK(report(machine, CloudInit().service(step)).ok.size() == 1);
    return calls + machine.calls();
  };
  const ServiceStep on{.name = "app"}, off{.name = "app", .started = false, .enabled = false};
  for (const char* enabled : {"static", "alias", "indirect", "generated", "transient", "enabled"}) {
    CHECK(calls_for(on, "active", enabled) == "");
  }
  for (const char* enabled : {"enabled-runtime", "linked", "linked-runtime"}) {
    CHECK(calls_for(on, "active", enabled) == "enable app\n");
  }
  // It has nothing that could be taken away.
  for (const char* enabled : {"static", "alias", "indirect", "generated", "masked", "disabled"}) {
    CHECK(calls_for(off, "failed", enabled) == "");
  }
  CHECK(calls_for(off, "failed", "enabled-runtime") == "disable --runtime -- app\n");
  // One that fails and is started again has not stopped.
  CHECK(calls_for(off, "activating", "disabled") == "stop app\n");
  CHECK(calls_for(off, "reloading", "disabled") == "stop app\n");
  CHECK(calls_for(on, "activating", "enabled") == "start app\n");
  CHECK(calls_for(on, "failed", "enabled") == "start app\n");
  CHECK(calls_for(on, "reloading", "enabled") == "");
}

TEST_CASE("a service that is about to start with what it had is restarted when that changed") {
  const ::test::PrefixedMachine machine;
  install_systemd(machine);
  report(machine, site("1"));
  machine.calls();
  machine.write("/run/nginx", "activating");
  report(machine, site("2"));
  CHECK(machine.calls() == "restart nginx\n");
}

TEST_CASE("packages are asked for, then installed, by the machine's own manager") {
  const ::test::PrefixedMachine machine;
  machine.program("dpkg-query",
                  R"sh([ -e "${log%/*}/installed-$4" ] && echo installed || { echo not-installed; exit 1; })sh");
  machine.program("apt-cache", "printf '%s\\n' nginx nginx-common curl broken virtual | grep \"^$2\"");
  machine.program("apt-get", R"sh(
echo "$DEBIAN_FRONTEND" "$@" >>"$log"
for last; do :; done
case $* in
  *broken*) echo 'E: Unable to correct problems' >&2; exit 100 ;;
  *virtual*) ;;
  *install*) touch "${log%/*}/installed-$last" ;;
esac)sh");
  const auto steps = CloudInit().package("nginx").package("curl");
  CHECK(report(machine, steps).changed == Names{"package nginx", "package curl"});
  const std::string calls = machine.calls();
  CHECK(calls.starts_with(" -q update\nnoninteractive -q -y "));
  CHECK(calls.find("install nginx\n") != std::string::npos);
  CHECK(calls.find("update", 10) == std::string::npos);
  CHECK(report(machine, steps).ok.size() == 2);
  CHECK(machine.calls() == "");
  const auto failure = [&](const char* name) {
    const auto failed = report(machine, CloudInit().package(name)).failed;
    REQUIRE(failed.size() == 1);
    return failed[0].message;
  };
  CHECK(failure("broken") == "exit code 100; E: Unable to correct problems");
  CHECK(failure("virtual:amd64") == "apt-get has not installed it under this name");
  machine.calls();
  // To apt-get, these are a pattern and an order.
  for (const char* name : {"ngin.", "curl+"}) CHECK(failure(name) == "apt has no package of this name");
  CHECK(machine.calls() == " -q update\n -q update\n");
}

TEST_CASE("a repository that a step has added is known to the packages of the steps after it") {
  const ::test::PrefixedMachine machine;
  machine.program("dpkg-query", R"sh([ -e "${log%/*}/installed-$4" ] && echo installed)sh");
  machine.program("apt-cache", R"sh(grep -x "$2" "${log%/*}/known")sh");
  machine.program("apt-get", R"sh(
cd "${log%/*}"
for last; do :; done
case $* in
  *update) echo update >>"$log"; { echo curl; cat etc/apt/sources.list.d/* 2>/dev/null; } >known || true ;;
  *) touch "installed-$last" ;;
esac)sh");
  const auto steps = CloudInit()
                         .package("curl")
                         .file({.path = "/etc/apt/sources.list.d/docker.list", .content = "docker\n"})
                         .package("docker")
                         .run({.command = "echo nginx >>\"$CLOUDKIT_PREFIX/etc/apt/sources.list.d/nginx.list\""})
                         .package("nginx");
  CHECK(report(machine, steps).changed.size() == 5);
  CHECK(machine.calls() == "update\nupdate\nupdate\n");
  // What has changed nothing has added none.
  std::filesystem::remove(machine.path("/installed-curl"));
  std::filesystem::remove(machine.path("/installed-docker"));
  CHECK(report(machine, steps).changed.size() == 3);
  CHECK(machine.calls() == "update\n");
}

TEST_CASE("packages of rpm and apk") {
  for (const std::string manager : {"dnf", "yum", "zypper", "apk"}) {
    const ::test::PrefixedMachine machine;
    machine.program("rpm", R"sh([ "$*" != '-q nginx' ] && [ -e "${log%/*}/installed" ])sh");
    machine.program(manager, R"sh(
[ "$1" = info ] && { [ -e "${log%/*}/installed" ]; exit; }
echo "$*" >>"$log"; touch "${log%/*}/installed")sh");
    CHECK(report(machine, CloudInit().package("nginx")).changed.size() == 1);
    CHECK(machine.calls().ends_with(manager == "apk" ? "add -U nginx\n" : "install nginx\n"));
    CHECK(report(machine, CloudInit().package("nginx")).ok.size() == 1);
  }
}

TEST_CASE("below a prefix without the program, what would change the machine is skipped, and says so") {
  const ::test::PrefixedMachine machine;
  const auto steps =
      CloudInit()
          .package("nginx")
          .user({.name = "deploy"})
          .file({.path = "/etc/nginx/nginx.conf", .content = "x", .owner = "nobody-here", .notify = "nginx"})
          .service({.name = "nginx"})
          .container({.name = "web", .image = "app:1"});
  const auto run = machine.run(steps);
  CHECK(run.exit_code == 0);
  CHECK(run.out ==
        "cloudkit: 5 steps\n"
        "skipped package nginx: there is no apt-get dnf yum zypper apk below the prefix\n"
        "skipped user deploy: there is no useradd below the prefix\n"
        "changed file /etc/nginx/nginx.conf\n"
        "skipped service nginx: there is no systemctl below the prefix\n"
        "skipped container web: there is no docker podman below the prefix\n"
        "cloudkit: 0 ok, 1 changed, 4 skipped, 0 failed, 0 not run\n");
}

TEST_CASE("a user is made with groups, keys and rights, each only where it is missing") {
  const ::test::PrefixedMachine machine;
  const std::string home = machine.path("/home/ada");
  machine.program("id", R"sh(cd "${log%/*}"
case $1 in
  -u) [ -z "$2" ] && exec /usr/bin/id -u; [ -e account ] ;;
  -Gn) cat groups ;;
esac)sh");
  machine.program("useradd", "echo useradd \"$@\" >>\"$log\"; mkdir -p " + home +
                                 "; cd \"${log%/*}\"; touch account; echo ada >groups");
  machine.program("groupadd", "echo groupadd \"$@\" >>\"$log\"");
  machine.program("usermod", "echo usermod \"$@\" >>\"$log\"; cd \"${log%/*}\"; echo \"$(cat groups) $3\" >groups");
  machine.program("su", "shift 2; [ \"$1 $3\" = '-c ada' ] || exit 9; command=$2; shift 4; HOME=" + home +
                            " exec sh -c \"$command\" sh \"$@\"");
  machine.program("visudo", "grep -q NOPASSWD \"$3\"");
  const std::string key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 it's \"me\"";
  const auto steps = CloudInit().user({.name = "ada",
                                       .ssh_keys = {key, "ssh-rsa AAAAB3 b"},
                                       .groups = {"docker", "adm"},
                                       .sudo = true,
                                       .shell = "/bin/bash"});
  CHECK(report(machine, steps).changed == Names{"user ada"});
  CHECK(machine.calls() ==
        "useradd -m -s /bin/bash ada\ngroupadd -f docker\nusermod -a -G docker ada\ngroupadd -f adm\n"
        "usermod -a -G adm ada\n");
  CHECK(machine.read("/home/ada/.ssh/authorized_keys") == key + "\nssh-rsa AAAAB3 b\n");
  CHECK(machine.mode("/home/ada/.ssh/authorized_keys") == 0600);
  CHECK(machine.mode("/home/ada/.ssh") == 0700);
  CHECK(machine.read("/etc/sudoers.d/90-cloudkit-ada") == "ada ALL=(ALL) NOPASSWD:ALL\n");
  CHECK(machine.mode("/etc/sudoers.d/90-cloudkit-ada") == 0440);
  CHECK(report(machine, steps).ok == Names{"user ada"});
  CHECK(machine.calls() == "");

  // useradd would refuse it beside a group of this name.
  std::filesystem::remove(machine.path("/account"));
  machine.write("/etc/group", "root:x:0:\nada:x:1000:\n");
  CHECK(report(machine, steps).changed.size() == 1);
  CHECK(machine.calls().starts_with("useradd -m -s /bin/bash -g ada ada\n"));

  // A line without an end is not run into.
  machine.write("/home/ada/.ssh/authorized_keys", "ssh-rsa AAAAtheirs x");
  CHECK(report(machine, steps).changed.size() == 1);
  CHECK(machine.read("/home/ada/.ssh/authorized_keys") == "ssh-rsa AAAAtheirs x\n" + key + "\nssh-rsa AAAAB3 b\n");
}

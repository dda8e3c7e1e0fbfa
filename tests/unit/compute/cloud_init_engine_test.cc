#include "prefixed_machine.h"
#include "support/contains.h"

#include <cstdlib>
#include <string>

// Containers by a real engine: CLOUDKIT_TEST_ENGINE is its program, docker or podman. An image needs no registry: it is
// this computer's busybox.
//   CLOUDKIT_TEST_ENGINE=podman build/dev/bin/unit_cloud_init -tc="a real engine*"

using namespace cloudkit;
using test::contains;
using test::Names;
using test::report_of;

namespace {

constexpr const char* kContainer = "ck-engine-test";
constexpr const char* kImage = "localhost/ck-engine-test:1";

class Engine {
 public:
  Engine() {
    const char* program = std::getenv("CLOUDKIT_TEST_ENGINE");
    if (program == nullptr) {
      MESSAGE("skipped: CLOUDKIT_TEST_ENGINE is not set");
      return;
    }
    program_ = program;
    machine.program("podman", "exec " + program_ + " \"$@\"");
    const std::string import = "set -e; b=$(command -v busybox); mkdir -p " + machine.path("/image") +
                               "; cp -L --parents \"$b\" $(ldd \"$b\" | grep -o \"/[^ )]*\") " +
                               machine.path("/image") + "; tar -C " + machine.path("/image") +
                               " --transform=\"s|^\\.$b\\$|./busybox|\" -c . | " + program_ + " import - " + kImage;
    const auto imported = test::run_program("", "/bin/sh -c '" + import + "'");
    REQUIRE_MESSAGE(imported.exit_code == 0, imported.output);
  }
  ~Engine() {
    if (program_.empty()) return;
    says(std::string("rm -f ") + kContainer);
    says(std::string("rmi -f ") + kImage);
    says("volume rm ck-engine-data");
  }
  explicit operator bool() const { return !program_.empty(); }
  std::string says(const std::string& arguments) const {
    return test::run_program("", program_ + " " + arguments).output;
  }
  StepReport keep(const ContainerStep& step) const { return report_of(machine.run(CloudInit().container(step))); }

  test::PrefixedMachine machine;

 private:
  std::string program_ = {};
};

ContainerStep container(const std::string& script) {
  ContainerStep step;
  step.name = kContainer;
  step.image = kImage;
  step.pull = false;
  step.restart = RestartPolicy::always;
  step.environment = {{"GREETING", "it's $HOME"}};
  step.volumes = {{.source = "ck-engine-data", .target = "/data"}};
  step.arguments = {"/busybox", "sh", "-c", script};
  return step;
}

constexpr const char* kServes =
    "echo \"$GREETING\" >/data/greeting; /busybox cat /data/greeting; trap 'exit 0' TERM; while :; do /busybox sleep "
    "1; done";

}  // namespace

TEST_CASE("a real engine keeps a container running, and replaces it when its step changes") {
  const Engine engine;
  if (!engine) return;
  const Names changed = {std::string("container ") + kContainer};
  const std::string logs = std::string("logs ") + kContainer;
  auto step = container(kServes);
  CHECK(engine.keep(step).changed == changed);
  CHECK(engine.says(logs) == "it's $HOME\n");
  CHECK(engine.keep(step).ok == changed);
  engine.says(std::string("stop -t 2 ") + kContainer);
  CHECK(engine.keep(step).changed == changed);
  CHECK(engine.keep(step).ok == changed);
  step.environment["GREETING"] = "hello";
  CHECK(engine.keep(step).changed == changed);
  CHECK(engine.says(logs) == "hello\n");

  const auto broken = engine.keep(container("echo broken >&2; exit 3")).failed;
  REQUIRE(broken.size() == 1);
  CHECK(broken[0].message.starts_with("it does not go on: exit code 3; broken; "));
  CHECK(broken[0].message.ends_with("; the old one runs again"));
  auto nothing = step;
  nothing.arguments = {"/no/such/program"};
  const auto absent = engine.keep(nothing).failed;
  REQUIRE(absent.size() == 1);
  CHECK_MESSAGE(contains(absent[0].message, "; the old one runs again"), absent[0].message);
  CHECK(engine.keep(step).ok == changed);
}

TEST_CASE("a real engine runs what may end once") {
  const Engine engine;
  if (!engine) return;
  auto job = container("exit 0");
  job.restart = RestartPolicy::never;
  CHECK(engine.keep(job).changed.size() == 1);
  CHECK(engine.keep(job).ok.size() == 1);
}

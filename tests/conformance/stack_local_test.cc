#include "support/full.h"
#include "support/killed_programs.h"
#include "support/quiet_log.h"
#include "support/soon.h"
#include "support/stack_cases.h"

#include <cloudkit/local_functions.h>
#include <cloudkit/open.h>
#include <cloudkit/open_compute.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>

using namespace cloudkit;
using namespace test::stacks;
using test::StackCloud;

namespace {

const std::string kWhere = "stacks on local://";
constexpr const char* kRoot = "CLOUDKIT_STACK_TEST_ROOT";
constexpr const char* kWork = "CLOUDKIT_STACK_TEST_WORK";
constexpr const char* kHours = "CLOUDKIT_STACK_TEST_HOURS";

// Machines, functions, buckets and the state below one directory. `clock` is how many seconds ahead the clock of locks
// is.
StackCloud cloud_in(const std::string& root, const std::shared_ptr<std::atomic<long>>& clock) {
  for (const char* directory : {"/code", "/buckets"}) std::filesystem::create_directories(root + directory);
  ComputeHooks compute_hooks;
  // What takes a service seconds takes milliseconds here.
  compute_hooks.wait = [](const Context& context, Context::Clock::duration duration) {
    return context.wait_for(std::min<Context::Clock::duration>(duration, std::chrono::milliseconds(10)));
  };
  local::FunctionRuntimeOptions functions;
  functions.sync = false;
  OpenOptions create;
  create.create = true;
  StackCloud cloud{kWhere, {}, open_bucket("file://" + root + "/state", create).value()};
  cloud.providers.compute =
      Compute(ComputeRegistry::global().open("local://" + root + "/machines").value(), compute_hooks);
  cloud.providers.functions = local::make_function_runtime(root + "/functions", functions).value();
  cloud.providers.objects = open_object_store("file://" + root + "/buckets").value();
  cloud.hooks.now = [clock] { return std::chrono::system_clock::now() + std::chrono::seconds(*clock); };
  cloud.hooks.wait = [clock](const Context& context, Context::Clock::duration duration) {
    *clock += std::chrono::duration_cast<std::chrono::seconds>(duration).count();
    return context.wait_for(std::chrono::milliseconds(10));
  };
  cloud.advance = [clock](std::chrono::seconds duration) { *clock += duration.count(); };
  cloud.image = "debian-12";
  cloud.code = root + "/code";
  return cloud;
}

std::string s03_killed_at_random(int kills) {
  const test::TemporaryDirectory root;
  const StackCloud cloud = cloud_in(root.path(), std::make_shared<std::atomic<long>>(0));
  cloud.write_code("def handler(event, context):\n    return event\n");
  int hours = 0;
  test::Killer::Hooks hooks;
  hooks.log = root.file("child.log");
  hooks.begin = [&](const std::string& work, bool) {
    return test::spawn_case("what a killed program does",
                            {{kRoot, root.path()}, {kWork, work}, {kHours, std::to_string(++hours)}}, hooks.log);
  };
  hooks.after_kill = [&] { return cloud.machines().size() > 1 ? "two machines after the kill" : ""; };
  hooks.at_end = [&](const std::string& work) -> std::string {
    if (work == "destroy") return cloud.leftovers();
    return cloud.machines().size() == 1 ? "" : "not one machine";
  };
  test::Killer killer(hooks);
  if (auto wrong = killer.run({"apply", "destroy"}, kills); !wrong.empty()) return wrong;
  STACK_HOLDS(test::soon([&] { return test::processes_with(root.path()).empty(); }));
  STACK_HOLDS(std::filesystem::is_empty(root.file("machines/instances")));
  return {};
}

}  // namespace

TEST_CASE("what a killed program does") {
  const char* const root = std::getenv(kRoot);
  if (root == nullptr) return;
  quiet_log();
  const StackCloud cloud = cloud_in(root, std::make_shared<std::atomic<long>>(3600 * std::atol(std::getenv(kHours))));
  const Stack stack = cloud.whole_stack();
  const std::string wrong =
      std::string(std::getenv(kWork)) == "apply" ? applied(cloud, stack) : text_of(*cloud.deployment(stack).destroy());
  CHECK_MESSAGE((wrong.empty() || wrong == "success"), wrong);
}

TEST_CASE("stacks on this computer keep what stacks promise") {
  if (std::getenv(kRoot) != nullptr) return;
  quiet_log();
  for (const NamedCase& each : cases()) {
    SUBCASE(each.name.c_str()) {
      const test::TemporaryDirectory root;
      const StackCloud cloud = cloud_in(root.path(), std::make_shared<std::atomic<long>>(0));
      cloud.write_code("def handler(event, context):\n    return event\n");
      report(kWhere, each.name, each.run(cloud));
    }
  }
  SUBCASE("S03") {
    report(kWhere, "S03_killed_at_random_no_duplicate_no_orphan",
           s03_killed_at_random(test::is_full_check() ? 50 : 10));
  }
}

// Stacks on AWS's backends: against the strict fake, which knows tokens and shows late what it has made, and against
// moto, which knows no tokens, so that only tags tell which machine is whose.
#include "support/aws_machines.h"
#include "support/aws_runtimes.h"
#include "support/fake_compute_account.h"
#include "support/full.h"
#include "support/killed_programs.h"
#include "support/moto.h"
#include "support/quiet_log.h"
#include "support/stack_cases.h"

#include <cstdlib>
#include <random>

using namespace cloudkit;
using namespace test::stacks;
using test::Crash;
using test::StackCloud;

namespace {

// What a killed program is told.
constexpr const char* kRoot = "CLOUDKIT_STACK_TEST_ROOT";
constexpr const char* kWork = "CLOUDKIT_STACK_TEST_WORK";
constexpr const char* kCall = "CLOUDKIT_STACK_TEST_CALL";  // At which it kills itself; before it when negative.
constexpr const char* kPlace = "CLOUDKIT_STACK_TEST_PLACE";
constexpr const char* kRegion = "CLOUDKIT_STACK_TEST_REGION";
constexpr const char* kKeyId = "CLOUDKIT_STACK_TEST_KEY";
constexpr const char* kSecret = "CLOUDKIT_STACK_TEST_SECRET";
constexpr const char* kHasKeys = "CLOUDKIT_STACK_TEST_HAS_KEYS";

// A program that may end at any call of EC2's driver or of the state's bucket; and another one that does not.
struct Programs {
  std::string name;
  aws::ServiceOptions services;
  std::shared_ptr<ObjectStoreDriver> store = Registry::global().object_store("mem://").value();
  std::string bucket;
  Crash crash;
  std::atomic<long> seconds{0};
  test::TemporaryDirectory code;
  bool has_keys = true;

  Programs(std::string where, aws::ServiceOptions options) : name(std::move(where)), services(std::move(options)) {
    static std::atomic<int> count{0};
    bucket = "stack-aws-state-" + std::to_string(++count);
    REQUIRE(store->create_bucket(bucket, {}));
  }
  // With the state in a directory, which other processes see.
  Programs(std::string where, aws::ServiceOptions options, const std::string& root)
      : name(std::move(where)),
        services(std::move(options)),
        store(Registry::global().object_store("file://" + root).value()),
        bucket("state") {
    (void)store->create_bucket(bucket, {});
  }

  StackCloud program(bool may_end) {
    auto driver = std::make_shared<aws::ec2::Ec2Driver>(std::make_shared<aws::service::Account>(services), 5);
    StackCloud cloud{name, {}, Bucket(store->bucket(bucket).value())};
    if (may_end) {
      cloud.state = Bucket(std::make_shared<test::CrashingBucket>(store->bucket(bucket).value(), crash));
      cloud.providers.compute = Compute(std::make_shared<test::CrashingCompute>(driver, crash), test::hurried_time());
    } else {
      cloud.providers.compute = Compute(driver, test::hurried_time());
    }
    cloud.hooks.now = [this] { return std::chrono::system_clock::now() + std::chrono::seconds(seconds); };
    cloud.hooks.wait = [this](const Context& context, Context::Clock::duration duration) {
      seconds += std::chrono::duration_cast<std::chrono::seconds>(duration).count();
      return context.wait_for(std::chrono::milliseconds(20));
    };
    cloud.advance = [this](std::chrono::seconds duration) { seconds += duration.count(); };
    cloud.image = "al2023";
    cloud.type = "t2.micro";
    cloud.has_keys = has_keys;
    cloud.code = code.path();
    return cloud;
  }
};

// As that of stacks in memory. `made`: as many calls that change something, up to the end.
std::string left_at(Programs& programs, long call, bool after, bool then_apply, long& made) {
  const StackCloud cloud = programs.program(true);
  const Stack stack = cloud.whole_stack();
  programs.crash.at(call, after);
  StackApplyOptions options;
  options.workers = 1;
  options.lock_expiry = std::chrono::seconds(5);
  (void)cloud.deployment(stack).apply(options);
  made = programs.crash.calls();
  programs.crash.never();
  const StackCloud later = programs.program(false);
  if (later.machines().size() > 1) return "two machines";
  later.advance(std::chrono::seconds(6));
  if (then_apply) {
    if (auto wrong = applied(later, stack); !wrong.empty()) return wrong;
    if (later.machines().size() != 1) return "not one machine";
  }
  return destroyed(later, stack);
}

// At random calls; at every one when there is time.
std::string left_at_calls(Programs& programs, int times) {
  std::mt19937 random(std::random_device{}());
  long whole = 0;
  if (auto wrong = left_at(programs, -1, false, false, whole); !wrong.empty()) return wrong;
  int ended = 0;
  for (int i = 0; i < times; ++i) {
    const long call = 1 + (test::is_full_check() ? i / 2 : static_cast<long>(random() % 1000)) % whole;
    long made = 0;
    const bool after = i % 2 == 0;
    const std::string wrong = left_at(programs, call, after, random() % 2 == 0, made);
    if (!wrong.empty()) return (after ? "after call " : "before call ") + std::to_string(call) + ": " + wrong;
    ended += made == call ? 1 : 0;
  }
  STACK_HOLDS(ended >= times / 2);
  return {};
}

// By SIGKILL: at moments that chance chooses, or, `between_calls`, where no request is on its way.
std::string killed(const std::string& name, const aws::ServiceOptions& services, bool has_keys, bool between_calls,
                   int kills) {
  const test::TemporaryDirectory root;
  Programs programs(name, services, root.path());
  programs.has_keys = has_keys;
  const StackCloud cloud = programs.program(false);
  const Credentials keys = services.credentials->get({}).value();
  std::mt19937 random(std::random_device{}());
  test::Killer::Hooks hooks;
  hooks.log = root.file("child.log");
  hooks.ends_itself = between_calls;
  hooks.begin = [&](const std::string& work, bool end) {
    // Of some 20 calls that change something when all is made, and 10 when all is removed.
    const long call = static_cast<long>(1 + random() % (work == "apply" ? 18 : 8)) * (random() % 2 == 0 ? 1 : -1);
    return test::spawn_case("what a killed program on AWS does",
                            {{kRoot, root.path()},
                             {kWork, work},
                             {kCall, std::to_string(end && between_calls ? call : 0)},
                             {kPlace, services.endpoint},
                             {kRegion, services.region},
                             {kKeyId, keys.access_key_id},
                             {kSecret, keys.secret_access_key},
                             {kHasKeys, has_keys ? "1" : ""}},
                            hooks.log);
  };
  hooks.after_kill = [&] { return cloud.machines().size() > 1 ? "two machines after the kill" : ""; };
  hooks.at_end = [&](const std::string& work) -> std::string {
    if (work == "destroy") return cloud.leftovers();
    return cloud.machines().size() == 1 ? "" : "not one machine";
  };
  test::Killer killer(hooks);
  return killer.run({"apply", "destroy"}, kills);
}

int times() { return test::is_full_check() ? 50 : 4; }

}  // namespace

TEST_CASE("what a killed program on AWS does") {
  const char* const root = std::getenv(kRoot);
  if (root == nullptr) return;
  quiet_log();
  aws::ServiceOptions services;
  services.endpoint = std::getenv(kPlace);
  services.region = std::getenv(kRegion);
  services.credentials = aws::explicit_credentials({std::getenv(kKeyId), std::getenv(kSecret)});
  Programs programs("killed", services, root);
  programs.has_keys = *std::getenv(kHasKeys) != '\0';
  if (const long call = std::atol(std::getenv(kCall)); call != 0) {
    programs.crash.kill_for_real();
    programs.crash.at(std::abs(call), call > 0);
  }
  const StackCloud cloud = programs.program(true);
  const Stack stack = cloud.whole_stack();
  // The lock of who was killed is watched until it is dead. No clock is turned on: things are seen late for a while.
  StackApplyOptions options;
  options.lock_expiry = std::chrono::seconds(5);
  options.lock_wait = std::chrono::minutes(5);
  const bool applies = std::string(std::getenv(kWork)) == "apply";
  const std::string wrong =
      applies ? applied(cloud, stack, options) : text_of(*cloud.deployment(stack).destroy(options));
  CHECK_MESSAGE((wrong.empty() || wrong == "success"), wrong);
}

TEST_CASE("stacks on AWS, against the strict fake") {
  if (std::getenv(kRoot) != nullptr) return;
  quiet_log();
  const auto account = test::FakeComputeAccount::make({{"late_looks", 2}, {"pending_looks", 1}});
  if (!account) return;
  Programs programs("stacks on aws:// (strict fake)", account->options<aws::ServiceOptions>());
  SUBCASE("S02") {
    report(programs.name, "S02_apply_twice_no_changes", s02_apply_twice_no_changes(programs.program(false)));
  }
  SUBCASE("S03") {
    report(programs.name, "S03_crash_after_call_before_write_no_duplicate", left_at_calls(programs, times()));
  }
  SUBCASE("S03, by SIGKILL") {
    report(programs.name, "S03_killed_at_random_no_duplicate_no_orphan",
           killed(programs.name, programs.services, true, false, times()));
  }
}

TEST_CASE("stacks on AWS, against moto") {
  if (std::getenv(kRoot) != nullptr) return;
  quiet_log();
  auto services = test::options_for_moto<aws::ServiceOptions>();
  if (!services) return;
  // Which no other test uses: others' machines would be taken for leftovers.
  services->region = "eu-central-1";
  Programs programs("stacks on aws:// (moto)", *services);
  // moto tells of keys of ed25519 another sum than AWS.
  programs.has_keys = false;
  SUBCASE("S02, of all types") {
    StackCloud cloud = programs.program(false);
    cloud.providers.functions = test::runtime_over(*services, std::make_shared<test::SlowLambda>());
    auto objects = *test::options_for_moto<aws::S3Options>();
    objects.addressing = aws::Addressing::path;
    cloud.providers.objects = aws::make_s3_store(objects).value();
    cloud.bucket = "ck-stack-logs-moto";
    cloud.write_code("def handler(event, context):\n    return event\n");
    report(programs.name, "S02_apply_twice_no_changes", s02_apply_twice_no_changes(cloud));
  }
  SUBCASE("S03") { report(programs.name, "S03_crash_between_calls_no_duplicate", left_at_calls(programs, times())); }
  // Inside of a call only a token could tell whether it was done.
  SUBCASE("S03, by SIGKILL") {
    report(programs.name, "S03_killed_between_calls_no_duplicate_no_orphan",
           killed(programs.name, *services, false, true, times()));
  }
}

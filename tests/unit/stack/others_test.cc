#include "specs.h"
#include "support/quiet_log.h"
#include "support/stack_cases.h"

#include <doctest/doctest.h>

#include <utility>

// What belongs to others: to other accounts, other addresses of the stack, or to nobody that it knows.
using namespace cloudkit;
using namespace ::test::stacks;
using ::test::contains;
using ::test::MemoryCloud;
using ::test::StackCloud;

namespace {

Stack with_firewall() {
  Stack stack("small");
  stack.firewall(firewall_spec("ssh"));
  return stack;
}

/// As other credentials see the same URL: nothing of what there is.
class OtherAccount final : public ForwardingCompute {
 public:
  OtherAccount(std::shared_ptr<ComputeDriver> inner, std::string account)
      : ForwardingCompute(std::move(inner)), account_(std::move(account)) {}
  Result<std::string> account(const Context&) override { return account_; }

 private:
  const std::string account_;
};

class NoTags final : public ForwardingCompute {
 public:
  using ForwardingCompute::ForwardingCompute;
  ComputeCapabilities capabilities() const override {
    ComputeCapabilities all = inner_->capabilities();
    all.tags = false;
    return all;
  }
};

/// Others are faster: what they do comes behind the first write of the state, which is the intent.
class Overtaken final : public ForwardingBucket {
 public:
  Overtaken(std::shared_ptr<BucketDriver> inner, std::function<void()> others)
      : ForwardingBucket(std::move(inner)), others_(std::move(others)) {}
  Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override {
    auto written = inner_->put(key, source, options);
    if (!key.ends_with(".lock")) {
      if (auto others = std::exchange(others_, nullptr)) others();
    }
    return written;
  }

 private:
  std::function<void()> others_;
};

StackCloud overtaken(const StackCloud& cloud, std::function<void()> others) {
  StackCloud slower = cloud;
  slower.state = Bucket(std::make_shared<Overtaken>(cloud.state.driver(), std::move(others)));
  return slower;
}

const std::string kOurKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDaKmkcZgrnEdVSG6KQ2Q5NrMK1Zkbuxu7JkXnbpTYgk ada";
const std::string kTheirKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDaKmkcZgrnEdVSG6KQ2Q5NrMK1Zkbuxu7JkXnbpTYgl eve";

FunctionSpec function_of(const StackCloud& cloud, const std::string& name) {
  FunctionSpec spec;
  spec.name = name;
  spec.code = FunctionCode::directory(cloud.code);
  spec.runtime = cloud.runtime;
  spec.handler = "app.handler";
  return spec;
}

Stack with_machine(const std::string& name, const std::string& other = {}) {
  Stack stack(name);
  for (const std::string& each : {std::string("web"), other}) {
    InstanceSpec spec;
    spec.name = "web";
    spec.image = "debian-12";
    spec.type = "t3.micro";
    if (!each.empty()) stack.instance(spec, {each});
  }
  return stack;
}

StackCloud with_account(const StackCloud& cloud, const memory::MemoryCompute& machines, const std::string& account) {
  StackCloud other = cloud;
  other.providers.compute = Compute(std::make_shared<OtherAccount>(machines.driver(), account), machines.hooks());
  return other;
}

}  // namespace

TEST_CASE("with another account's credentials nothing is made a second time, and nothing is taken for gone") {
  MemoryCloud memory;
  const memory::MemoryCompute elsewhere;
  const StackCloud ours = with_account(memory.cloud(), memory.compute(), "111111111111");
  const StackCloud theirs = with_account(memory.cloud(), elsewhere, "222222222222");
  REQUIRE(applied(ours, with_firewall()).empty());
  const std::string before = ours.state_text("stacks/small.json");
  const std::string wrong =
      "firewall.ssh is at mem://compute of 111111111111, by the state, and what is given is "
      "mem://compute of 222222222222\n"
      "  hint: give the credentials and the endpoint that it was made with; what was moved by hand, or is gone with "
      "its "
      "account: cloudkit stack forget, StackDeployment::forget in C++, then import";
  CHECK(contains(text_of(theirs.deployment(with_firewall()).plan()), wrong));
  CHECK(contains(text_of(theirs.deployment(with_firewall()).apply()), wrong));
  CHECK(contains(text_of(theirs.deployment(with_firewall()).refresh()), wrong));
  CHECK(contains(text_of(theirs.deployment(with_firewall()).destroy()), wrong));
  CHECK(ours.state_text("stacks/small.json") == before);
  CHECK(theirs.leftovers().find("firewall") == std::string::npos);
  CHECK(destroyed(ours, with_firewall()).empty());
}

TEST_CASE("a state of before accounts were kept is taken, and completed") {
  MemoryCloud memory;
  const StackCloud older = with_account(memory.cloud(), memory.compute(), "");
  const StackCloud ours = with_account(memory.cloud(), memory.compute(), "111111111111");
  const StackCloud theirs = with_account(memory.cloud(), memory.compute(), "222222222222");
  REQUIRE(applied(older, with_firewall()).empty());
  CHECK_FALSE(contains(ours.state_text("stacks/small.json"), "account"));
  REQUIRE(applied(ours, with_firewall()).empty());
  CHECK(contains(ours.state_text("stacks/small.json"), R"("account":"111111111111")"));
  CHECK(contains(text_of(theirs.deployment(with_firewall()).plan()), "of 111111111111, by the state"));
  CHECK(destroyed(ours, with_firewall()).empty());
}

TEST_CASE("where there are no tags a firewall of others is neither adopted nor removed") {
  MemoryCloud memory;
  StackCloud cloud = memory.cloud();
  cloud.providers.compute = Compute(std::make_shared<NoTags>(memory.compute().driver()), memory.compute().hooks());
  const std::string id = cloud.providers.compute->ensure_firewall(firewall_spec("ssh")).value().id;
  const auto report = cloud.deployment(with_firewall()).apply();
  REQUIRE(report.has_value());
  CHECK(
      contains(text_of(*report), "already_exists: firewall.ssh: there is a firewall \"ssh\", and it does not belong"));
  CHECK(text_of(cloud.deployment(with_firewall()).destroy()) == "success");
  CHECK(cloud.providers.compute->get_firewall(id).has_value());
  // What was begun is known by its name still.
  REQUIRE(cloud.providers.compute->destroy_firewall(id));
  REQUIRE(applied(cloud, with_firewall()).empty());
  CHECK(destroyed(cloud, with_firewall()).empty());
}

TEST_CASE("triggers of others, on a function outside of the stack, are neither adopted nor removed") {
  const MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  const FunctionRuntime& functions = *cloud.providers.functions;
  REQUIRE(functions.deploy(function_of(cloud, "shared")));
  EndpointSpec get;
  get.method = "GET";
  get.path = "/hello";
  get.stage = "dev";
  REQUIRE(functions.expose("shared", get));
  ScheduleSpec nightly;
  nightly.name = "nightly";
  nightly.cron = "0 1 * * *";
  REQUIRE(functions.schedule("shared", nightly));
  Stack stack("small");
  get.is_public = true;
  nightly.cron = "0 2 * * *";
  stack.endpoint("shared", get, {"web"});
  stack.schedule("shared", nightly);
  StackApplyOptions in_order;
  in_order.workers = 1;
  const auto report = cloud.deployment(stack).apply(in_order);
  REQUIRE(report.has_value());
  CHECK(report->count(StackAction::create, StackPhase::failed) == 2);
  CHECK(contains(report->steps[0].error->to_string(), "there is an endpoint like that of shared, and it does not"));
  CHECK(contains(report->steps[1].error->to_string(),
                 "already_exists: there is a schedule like that of shared, and it does not belong to this stack\n"
                 "  hint: choose another name; or take it over: import schedule.nightly nightly"));
  CHECK(text_of(cloud.deployment(stack).destroy()) == "success");
  CHECK(functions.schedules("shared").value().at(0).cron == "0 1 * * *");
  CHECK(functions.endpoints("shared").value().size() == 1);
  // They are imported, or others are made beside them.
  REQUIRE(cloud.deployment(stack).import_resource("schedule.nightly", "nightly"));
  REQUIRE(functions.unexpose("shared", functions.endpoints("shared").value().at(0)));
  REQUIRE(applied(cloud, stack).empty());
  CHECK(text_of(cloud.deployment(stack).destroy()) == "success");
  REQUIRE(functions.remove("shared"));
  CHECK(cloud.leftovers().empty());
}

TEST_CASE("a bucket that others made a moment before us is theirs, and destroy leaves it") {
  const MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  const ObjectStore& objects = *cloud.providers.objects;
  Stack stack("small");
  stack.bucket({cloud.bucket, false, true}, {"logs"});
  const auto make = [&] { objects.create_bucket(cloud.bucket).value().put("k", "theirs").value(); };
  const auto report = overtaken(cloud, make).deployment(stack).apply();
  REQUIRE(report.has_value());
  REQUIRE_FALSE(report->status().has_value());
  CHECK(report->status().error().code == ErrorCode::already_exists);
  CHECK(contains(text_of(*report), ": bucket.logs: the bucket \"" + cloud.bucket + "\" exists already"));
  CHECK(cloud.deployment(stack).entries().value().empty());
  CHECK(text_of(cloud.deployment(stack).destroy()) == "success");
  CHECK(objects.bucket(cloud.bucket).value().get("k").value().data == "theirs");
}

TEST_CASE("a key that others made a moment before us is theirs, and destroy leaves it") {
  const MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  const Compute& compute = *cloud.providers.compute;
  Stack stack("small");
  stack.key({"ada", kOurKey});
  const auto make = [&] { compute.ensure_key("ada", kTheirKey).value(); };
  const auto report = overtaken(cloud, make).deployment(stack).apply();
  REQUIRE(report.has_value());
  CHECK(contains(text_of(*report),
                 "already_exists: key.ada: there is a key \"ada\", and it does not belong to this stack\n"
                 "  hint: choose another name; or take it over: import key.ada ada"));
  CHECK(cloud.deployment(stack).entries().value().empty());
  CHECK(text_of(cloud.deployment(stack).destroy()) == "success");
  CHECK(compute.list_keys().value().size() == 1);
}

TEST_CASE("a bucket that others filled while ours was begun only is neither emptied nor adopted") {
  for (const bool versioned : {false, true}) {
    CAPTURE(versioned);
    MemoryCloud memory;
    const StackCloud& cloud = memory.cloud();
    const ObjectStore& objects = *cloud.providers.objects;
    Stack stack("small");
    stack.bucket({cloud.bucket, versioned, true}, {"logs"});
    for (long call = 1; cloud.deployment(stack).entries().value().empty(); ++call) {
      REQUIRE(call < 10);
      memory.crash().at(call, false);
      (void)cloud.deployment(stack).apply();
      memory.crash().never();
      cloud.advance(std::chrono::seconds(61));
    }
    objects.create_bucket(cloud.bucket).value().put("k", "theirs").value();
    const auto ended = cloud.deployment(stack).destroy();
    REQUIRE(ended.has_value());
    CHECK(
        contains(text_of(*ended), "hint: its making was interrupted, so it may be somebody else's: empty it, or let"));
    const auto report = cloud.deployment(stack).apply();
    REQUIRE(report.has_value());
    CHECK(contains(text_of(*report), "already_exists: bucket.logs: there is a bucket \"" + cloud.bucket +
                                         "\" with objects, and it does not belong to this stack"));
    CHECK(cloud.deployment(stack).entries().value().empty());
    CHECK(text_of(cloud.deployment(stack).destroy()) == "success");
    CHECK(objects.bucket(cloud.bucket).value().get("k").value().data == "theirs");
  }
}

TEST_CASE("a key that others made while ours was begun only is found to be theirs by the next apply") {
  MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  const Compute& compute = *cloud.providers.compute;
  Stack stack("small");
  stack.key({"ada", kOurKey});
  for (long call = 1; cloud.deployment(stack).entries().value().empty(); ++call) {
    REQUIRE(call < 10);
    memory.crash().at(call, false);
    (void)cloud.deployment(stack).apply();
    memory.crash().never();
    cloud.advance(std::chrono::seconds(61));
  }
  REQUIRE(compute.list_keys().value().empty());
  compute.ensure_key("ada", kTheirKey).value();
  const auto report = cloud.deployment(stack).apply();
  REQUIRE(report.has_value());
  CHECK(contains(text_of(*report), "already_exists: key.ada: there is a key \"ada\", and it does not belong"));
  CHECK(cloud.deployment(stack).entries().value().empty());
  CHECK(text_of(cloud.deployment(stack).destroy()) == "success");
  CHECK(compute.list_keys().value().size() == 1);
}

TEST_CASE("one machine is not imported under two addresses: destroying one would destroy both") {
  const MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  REQUIRE(applied(cloud, with_machine("small")).empty());
  const std::string id = cloud.machines().at(0).id;
  const Stack twice = with_machine("small", "again");
  CHECK(contains(text_of(cloud.deployment(twice).import_resource("instance.again", id)),
                 id + " is in the state already, as instance.web\n"
                      "  hint: if it is to be instance.again: cloudkit stack forget instance.web, "
                      "StackDeployment::forget in C++, first"));
  REQUIRE(cloud.deployment(twice).forget("instance.web"));
  CHECK(text_of(cloud.deployment(twice).import_resource("instance.again", id)) == "success");
  CHECK(destroyed(cloud, with_machine("small")).empty());
}

TEST_CASE("an interrupted making adopts no machine that was forgotten, or has another address now") {
  // From the first call of the run to those behind the last write of the machine.
  constexpr long kCalls = 8;
  for (const bool is_moved : {false, true}) {
    const Stack stack = with_machine("small", is_moved ? "moved" : "");
    for (long call = 1; call <= 2 * kCalls; ++call) {
      MemoryCloud memory;
      const StackCloud& cloud = memory.cloud();
      REQUIRE(applied(cloud, with_machine("small")).empty());
      const std::string former = cloud.machines().at(0).id;
      REQUIRE(cloud.deployment(stack).forget("instance.web"));
      if (is_moved) REQUIRE(cloud.deployment(stack).import_resource("instance.moved", former));
      memory.crash().at((call + 1) / 2, call % 2 == 0);
      (void)cloud.deployment(stack).apply();
      memory.crash().never();
      cloud.advance(std::chrono::seconds(61));
      CAPTURE(is_moved);
      CAPTURE(call);
      CHECK(applied(cloud, stack) == "");
      CHECK(cloud.machines().size() == 2);
      if (is_moved) REQUIRE(cloud.deployment(stack).forget("instance.moved"));
      CHECK(text_of(cloud.deployment(stack).destroy()) == "success");
      REQUIRE(cloud.machines().size() == 1);
      CHECK(cloud.machines().at(0).id == former);
    }
  }
}

TEST_CASE("a machine of another stack is not imported") {
  const MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  REQUIRE(applied(cloud, with_machine("theirs")).empty());
  const auto refused =
      cloud.deployment(with_machine("ours")).import_resource("instance.web", cloud.machines().at(0).id);
  CHECK(contains(text_of(refused), "conflict: "));
  CHECK(contains(text_of(refused), " belongs to another stack, by its tag cloudkit-stack: theirs-"));
  CHECK(contains(text_of(refused), "hint: let it go there first: cloudkit stack forget; then take that tag away"));
  CHECK(cloud.deployment(with_machine("ours")).entries().value().empty());
  CHECK(destroyed(cloud, with_machine("theirs")).empty());
}

TEST_CASE("a function whose state was lost is imported, and not taken for another stack's") {
  const MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  Stack stack("small");
  stack.function(function_of(cloud, "hello"));
  REQUIRE(applied(cloud, stack).empty());
  REQUIRE(cloud.state.remove("stacks/small.json"));
  REQUIRE(cloud.deployment(stack).import_resource("function.hello", "hello"));
  const auto plan = cloud.deployment(stack).plan().value();
  CHECK_FALSE(plan.has_changes());
  cloud.write_code("def handler(event, context):\n    return 2\n");
  REQUIRE(applied(cloud, stack).empty());
  CHECK(destroyed(cloud, stack).empty());
}

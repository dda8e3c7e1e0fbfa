#include "specs.h"
#include "support/more_time.h"
#include "support/quiet_log.h"
#include "support/stack_cases.h"

#include <doctest/doctest.h>

// What would hurt somebody: secrets told, things of others taken, and reports that are not true.
using namespace cloudkit;
using namespace ::test::stacks;
using ::test::contains;
using ::test::MemoryCloud;
using ::test::StackCloud;

namespace {

Stack with_bucket(const std::string& bucket) {
  Stack stack("small");
  stack.bucket({bucket, false, true}, {"data"});
  return stack;
}

Stack with_function(const StackCloud& cloud, const std::string& name) {
  Stack stack(name);
  FunctionSpec hello;
  hello.name = "hello";
  hello.code = FunctionCode::directory(cloud.code);
  hello.runtime = cloud.runtime;
  hello.handler = "app.handler";
  stack.function(hello);
  return stack;
}

// The intent is written, and the program ends before the call that makes the first thing.
void interrupt(MemoryCloud& memory, const Stack& stack) {
  for (long call = 1; call < 20; ++call) {
    memory.crash().at(call, false);
    (void)memory.cloud().deployment(stack).apply();
    memory.crash().never();
    memory.cloud().advance(std::chrono::seconds(61));
    const auto entries = memory.cloud().deployment(stack).entries().value();
    if (!entries.empty() && !entries[0].created) return;
  }
  FAIL("no making was interrupted");
}

}  // namespace

TEST_CASE("a secret beside a reference is told nowhere") {
  const MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  Stack stack = changed(cloud.whole_stack(), [](StackResource& resource) {
    if (auto* function = std::get_if<FunctionSpec>(&resource.spec)) {
      function->environment["DB"] = "postgres://app:cktest-safety-1@{{instance.web.private_ip}}/";
    }
  });
  const auto plan = cloud.deployment(stack).plan().value();
  CHECK_FALSE(contains(plan.to_text() + plan.to_json().value(), "cktest-"));
  CHECK(contains(plan.to_text(), "environment.DB: \"(known after apply)\""));
  REQUIRE(applied(cloud, stack).empty());
  CHECK_FALSE(contains(cloud.state_text("stacks/site.json"), "cktest-"));
  CHECK(destroyed(cloud, stack).empty());
}

TEST_CASE("an interrupted making that is repeated by another name takes nothing of others") {
  MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  interrupt(memory, with_bucket(cloud.bucket + "-a"));
  cloud.providers.objects->create_bucket(cloud.bucket + "-b").value();
  cloud.providers.objects->bucket(cloud.bucket + "-b").value().put("k", "v").value();
  const auto report = cloud.deployment(with_bucket(cloud.bucket + "-b")).apply();
  REQUIRE(report.has_value());
  CHECK(contains(text_of(*report), "already_exists: bucket.data: there is a bucket"));
  CHECK(text_of(cloud.deployment(with_bucket(cloud.bucket + "-b")).destroy()) == "success");
  CHECK(cloud.providers.objects->bucket(cloud.bucket + "-b").value().get("k").value().data == "v");
}

TEST_CASE("an interrupted making that is repeated by another name is written down again before it is made") {
  for (const bool after : {false, true}) {
    MemoryCloud memory;
    const StackCloud& cloud = memory.cloud();
    const Stack other = with_bucket(cloud.bucket);
    interrupt(memory, with_bucket(cloud.bucket + "-a"));
    // Wherever the second run ends, what it has made is found by the third.
    for (long call = 1; call < 12; ++call) {
      memory.crash().at(call, after);
      (void)cloud.deployment(other).apply();
      memory.crash().never();
      cloud.advance(std::chrono::seconds(61));
      CAPTURE(call);
      CHECK(text_of(cloud.deployment(other).destroy()) == "success");
      CHECK(cloud.leftovers().empty());
      interrupt(memory, with_bucket(cloud.bucket + "-a"));
    }
  }
}

TEST_CASE("protection that is declared of what exists counts at once, and reaches the state") {
  const MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  Stack bare("small");
  bare.firewall(firewall_spec("ssh"));
  Stack guarded("small");
  guarded.firewall(firewall_spec("ssh"), {"ssh", true});
  REQUIRE(applied(cloud, bare).empty());
  CHECK(contains(text_of(cloud.deployment(guarded).destroy()), "firewall.ssh is protected, and would be removed"));
  const StackPlan plan = cloud.deployment(guarded).plan().value();
  CHECK(plan.has_changes());
  CHECK(contains(plan.to_text(), "  ~ protect firewall.ssh\n"));
  CHECK(StackPlan::from_json(plan.to_json().value()).value().protection == plan.protection);
  REQUIRE(applied(cloud, guarded).empty());
  CHECK(cloud.deployment(guarded).entries().value().at(0).protect);
  CHECK(contains(text_of(cloud.deployment(Stack("small")).plan()), "firewall.ssh is protected"));
  CHECK(contains(cloud.deployment(bare).plan().value().to_text(), "  ~ protect no more firewall.ssh\n"));
  CHECK(destroyed(cloud, bare).empty());
}

TEST_CASE("a plan that was kept before something was protected is not carried out") {
  const MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  Stack guarded("small");
  guarded.firewall(firewall_spec("ssh"), {"ssh", true});
  Stack bare("small");
  bare.firewall(firewall_spec("ssh"));
  const StackPlan plan = cloud.deployment(bare).plan().value();
  CHECK(contains(text_of(cloud.deployment(guarded).apply(plan)), "the declaration, or a function's code, has changed"));
}

TEST_CASE("a run that is cancelled between two steps says so") {
  const MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  StackApplyOptions options;
  options.context = Context::cancellable();
  options.workers = 1;
  options.progress = [&](const StackEvent& event) {
    if (event.phase == StackPhase::done) options.context.cancel();
  };
  const auto report = cloud.deployment(guarded_machine(firewall_spec("ssh"))).apply(options);
  REQUIRE(report.has_value());
  CHECK(report->count(StackAction::create) == 1);
  CHECK(report->count(StackAction::create, StackPhase::skipped) == 1);
  REQUIRE_FALSE(report->status().has_value());
  CHECK(report->status().error().code == ErrorCode::cancelled);
  CHECK(contains(text_of(*report), "instance.web: "));
}

TEST_CASE("another stack's function of the same name is never ours") {
  const MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  const Stack one = with_function(cloud, "one");
  const Stack two = with_function(cloud, "two");
  REQUIRE(applied(cloud, one).empty());
  cloud.providers.functions->remove("hello").value();
  REQUIRE(applied(cloud, two).empty());
  const auto plan = cloud.deployment(one).plan().value();
  CHECK(step_of(plan, "function.hello").reason == "it is gone");
  CHECK(contains(text_of(*cloud.deployment(one).apply()), "there is a function \"hello\", and it does not belong"));
  CHECK(text_of(cloud.deployment(one).destroy()) == "success");
  StackPlanOptions blind;
  blind.refresh = false;
  CHECK(cloud.deployment(two).plan(blind).value().count(StackAction::unchanged) == 1);
  CHECK(cloud.providers.functions->get("hello").has_value());
  CHECK(destroyed(cloud, two).empty());
}

TEST_CASE("a replacement whose new name is taken destroys nothing") {
  const MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  REQUIRE(applied(cloud, guarded_machine(firewall_spec("ssh"))).empty());
  cloud.providers.compute->ensure_firewall(firewall_spec("taken")).value();
  CHECK(contains(text_of(cloud.deployment(guarded_machine(firewall_spec("taken"))).apply()),
                 "already_exists: firewall.ssh: there is a firewall \"taken\", and it does not belong to this stack"));
  CHECK(cloud.machines().size() == 1);
  CHECK(cloud.providers.compute->get_firewall("ssh").has_value());
  REQUIRE(applied(cloud, guarded_machine(firewall_spec("free"))).empty());
}

TEST_CASE("what was removed and not made again has failed") {
  MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  REQUIRE(applied(cloud, guarded_machine(firewall_spec("ssh", "old"))).empty());
  StackApplyOptions options;
  options.workers = 1;
  // Somebody takes the name between the two halves.
  options.progress = [&](const StackEvent& event) {
    if (event.phase != StackPhase::started || event.address != "firewall.ssh") return;
    cloud.providers.compute->ensure_firewall(firewall_spec("new")).value();
  };
  const auto report = cloud.deployment(guarded_machine(firewall_spec("new", "new"))).apply(options);
  REQUIRE(report.has_value());
  REQUIRE(report->steps.size() == 2);
  CHECK(report->count(StackAction::replace, StackPhase::failed) == 2);
  CHECK(report->steps[1].address == "instance.web");
  CHECK(contains(report->steps[1].error.value().message, "it was removed, and not made again"));
  CHECK(cloud.machines().empty());
}

TEST_CASE("what is made of an unchanged thing's outputs is made of those that it has now") {
  const MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  const auto stack = [&](const std::string& note) {
    Stack made("small");
    const auto ssh = made.firewall(firewall_spec("ssh"));
    made.bucket({cloud.bucket, false, true}, {"logs"});
    FunctionSpec hello;
    hello.name = "hello";
    hello.code = FunctionCode::directory(cloud.code);
    hello.runtime = cloud.runtime;
    hello.handler = "app.handler";
    hello.description = ssh.ref("name") + note;
    made.function(hello);
    return made;
  };
  REQUIRE(applied(cloud, stack("")).empty());
  // Written by another version, say: the state's output is older than what there is.
  std::string state = cloud.state_text("stacks/small.json");
  const std::string now = R"("name":"ssh")";
  const std::size_t at = state.find(now, state.find(R"("outputs":{"id")", state.find("firewall.ssh")));
  REQUIRE(at != std::string::npos);
  state.replace(at, now.size(), R"("name":"old")");
  cloud.state.put("stacks/small.json", state).value();
  StackApplyOptions options;
  options.accept_edited = true;
  const auto report = cloud.deployment(stack(" 2")).apply(options);
  REQUIRE(report.has_value());
  CHECK(text_of(*report) == "success");
  CHECK(cloud.providers.functions->get("hello").value().spec.description == "ssh 2");
  CHECK(destroyed(cloud, stack("")).empty());
}

TEST_CASE("another key of the declared name is not imported") {
  const MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  const std::string ours = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDaKmkcZgrnEdVSG6KQ2Q5NrMK1Zkbuxu7JkXnbpTYgk ada";
  const std::string theirs = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDaKmkcZgrnEdVSG6KQ2Q5NrMK1Zkbuxu7JkXnbpTYgl eve";
  Stack stack("small");
  stack.key({"ada", ours});
  cloud.providers.compute->ensure_key("ada", theirs).value();
  CHECK(contains(text_of(cloud.deployment(stack).import_resource("key.ada", "ada")),
                 "conflict: the key \"ada\" is another one than is declared: its fingerprint is "));
  CHECK(cloud.deployment(stack).entries().value().empty());
  cloud.providers.compute->destroy_key("ada").value();
  cloud.providers.compute->ensure_key("ada", ours).value();
  CHECK(text_of(cloud.deployment(stack).import_resource("key.ada", "ada")) == "success");
}

TEST_CASE("a state with a type that nobody knows is refused") {
  const MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  const Stack stack = with_bucket(cloud.bucket);
  REQUIRE(applied(cloud, stack).empty());
  std::string state = cloud.state_text("stacks/small.json");
  state.replace(state.find("bucket.data"), 6, "database");
  cloud.state.put("stacks/small.json", state).value();
  StackPlanOptions options;
  options.accept_edited = true;
  CHECK(contains(text_of(cloud.deployment(stack).plan(options)),
                 "the state has database.data, of a type that this version of cloudkit does not know"));
}

TEST_CASE("once the lock is lost nothing is written, and nothing more is begun") {
  // On a busy machine it may be lost before anything is done: then again, with one that lives longer.
  CHECK(::test::with_more_time(std::chrono::milliseconds(150), [](std::chrono::milliseconds expiry) {
    const MemoryCloud memory;
    const StackCloud& cloud = memory.cloud();
    StackApplyOptions options;
    options.workers = 1;
    options.lock_expiry = expiry;
    std::string before;
    options.progress = [&](const StackEvent& event) {
      if (event.phase != StackPhase::done || !before.empty()) return;
      cloud.state.put("stacks/small.json.lock", "somebody else's").value();
      before = cloud.state_text("stacks/small.json");
      CHECK(Context().wait_for(2 * expiry).has_value());  // By then it has expired, whoever has noticed.
    };
    const auto report = cloud.deployment(guarded_machine(firewall_spec("ssh"))).apply(options);
    if (before.empty()) return false;
    REQUIRE_FALSE(report.has_value());
    CHECK(contains(text_of(report), "the stack's lock was lost, so this run has ended"));
    CHECK(cloud.state_text("stacks/small.json") == before);
    CHECK(cloud.machines().empty());
    return true;
  }));
}

TEST_CASE("a rule's description that is changed, taken away or changed by somebody else is made as it is declared") {
  const MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  const Compute& compute = *cloud.providers.compute;
  const auto stack = [](const std::string& description) {
    FirewallSpec spec = firewall_spec("ssh");
    spec.rules.resize(2);
    spec.rules[0].from = spec.rules[0].to = 22;
    spec.rules[0].cidrs = {"10.0.0.0/8", "FD00::/8"};
    spec.rules[0].description = description;
    spec.rules[1].from = spec.rules[1].to = 80;
    spec.rules[1].cidrs = {"0.0.0.0/0"};
    spec.rules[1].description = "web";
    Stack made("small");
    made.firewall(spec);
    return made;
  };
  const auto told = [&] {
    std::string all;
    const auto firewall = compute.get_firewall("ssh").value();
    for (const FirewallRule& rule : firewall.rules) all += rule.cidrs.at(0) + '=' + rule.description + ' ';
    CHECK(firewall.rules.size() == 4);
    return all;
  };
  REQUIRE(applied(cloud, stack("old")).empty());
  const auto plan = cloud.deployment(stack("new")).plan().value();
  CHECK(plan.count(StackAction::update) == 1);
  CHECK(contains(
      plan.to_text(),
      R"(      rules.descriptions: {"inbound tcp 22-22 10.0.0.0/8":"old","inbound tcp 22-22 fd00::/8":"old",)"));
  for (const std::string description : {"new", "", "other"}) {
    CAPTURE(description);
    REQUIRE(applied(cloud, stack(description)).empty());
    CHECK(contains(told(), "10.0.0.0/8=" + description + ' '));
    CHECK(contains(told(), "fd00::/8=" + description + ' '));
    CHECK(contains(told(), "0.0.0.0/0=web "));
  }
  // By somebody else.
  const std::string id = compute.get_firewall("ssh").value().id;
  REQUIRE(compute.set_rules(id, {}));
  FirewallSpec theirs = std::get<FirewallSpec>(stack("theirs").resources().at(0).spec);
  REQUIRE(compute.ensure_firewall(theirs).has_value());
  CHECK(step_of(cloud.deployment(stack("other")).plan().value(), "firewall.ssh").changes.at(0).drifted);
  REQUIRE(applied(cloud, stack("other")).empty());
  CHECK(contains(told(), "10.0.0.0/8=other "));
  // A plan that is kept is of these descriptions.
  const auto kept = cloud.deployment(stack("kept")).plan().value();
  CHECK(contains(text_of(cloud.deployment(stack("else")).apply(kept)), "the declaration, or a function's code, has"));
  CHECK(destroyed(cloud, stack("")).empty());
}

TEST_CASE("a text that reads \"(known after apply)\" is a text, and a secret that has it is one") {
  const MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  Stack stack = guarded_machine(firewall_spec("ssh", "was (known after apply)"));
  stack = changed(stack, [](StackResource& resource) {
    if (auto* machine = std::get_if<InstanceSpec>(&resource.spec))
      machine->user_data = "cktest-safety-19 (known after apply)";
  });
  CHECK(contains(cloud.deployment(stack).plan().value().to_text(), "description: \"was (known after apply)\"\n"));
  REQUIRE(applied(cloud, stack).empty());  // And nothing to do afterwards.
  CHECK_FALSE(contains(cloud.state_text("stacks/small.json"), "cktest-"));
  CHECK(destroyed(cloud, stack).empty());
}

TEST_CASE("what is declared a secret from now on is kept as one, and the thing stays") {
  const MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  const auto stack = [](std::vector<std::string> secrets) {
    Stack made("small");
    StackResourceOptions options;
    options.secrets = std::move(secrets);
    FirewallSpec spec = firewall_spec("ssh", "cktest-safety-20");
    spec.tags = {{"note", "cktest-safety-21"}};
    made.firewall(spec, options);
    return made;
  };
  REQUIRE(applied(cloud, stack({})).empty());
  const std::string id = cloud.providers.compute->get_firewall("ssh").value().id;
  const auto plan = cloud.deployment(stack({"description", "tags.note"})).plan().value();
  CHECK(step_of(plan, "firewall.ssh").action == StackAction::update);
  CHECK(contains(plan.to_text(), "description: (secret) -> (secret)\n      tags.note: (secret) -> (secret)\n"));
  CHECK_FALSE(contains(plan.to_text() + plan.to_json().value(), "cktest-"));
  REQUIRE(cloud.deployment(stack({"description", "tags.note"})).refresh().value().empty());
  REQUIRE(applied(cloud, stack({"description", "tags.note"})).empty());
  CHECK_FALSE(contains(cloud.state_text("stacks/small.json"), "cktest-"));
  REQUIRE(applied(cloud, stack({})).empty());
  CHECK(contains(cloud.state_text("stacks/small.json"), "cktest-safety-20"));
  CHECK(cloud.providers.compute->get_firewall("ssh").value().id == id);
  CHECK(destroyed(cloud, stack({})).empty());
}

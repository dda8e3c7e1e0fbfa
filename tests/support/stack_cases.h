#pragma once

#include "support/contains.h"
#include "support/stack_cloud.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <functional>
#include <string>
#include <thread>
#include <vector>

/// What stacks promise, S01 to S12, on whatever cloud. Each returns what does not hold; "" when all does.
namespace test::stacks {

using namespace cloudkit;

using Case = std::function<std::string(const StackCloud&)>;
struct NamedCase {
  std::string name;
  Case run;
};

// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): a case returns at the first thing that does not hold.
#define STACK_HOLDS(...) \
  if (!(__VA_ARGS__)) return std::string(#__VA_ARGS__) + ", line " + std::to_string(__LINE__)

template <class T>
std::string text_of(const Result<T>& result) {
  return result ? "success" : result.error().to_string();
}
inline std::string text_of(const StackReport& report) {
  const auto status = report.status();
  return status ? "success" : status.error().to_string();
}

/// Applies, and finds nothing to do afterwards.
inline std::string applied(const StackCloud& cloud, const Stack& stack, const StackApplyOptions& options = {}) {
  auto report = cloud.deployment(stack).apply(options);
  if (!report) return "apply: " + text_of(report);
  if (!report->status()) return "apply: " + text_of(*report);
  auto plan = cloud.deployment(stack).plan();
  if (!plan) return "plan: " + text_of(plan);
  return plan->has_changes() ? "there is still something to do: " + plan->to_text() : "";
}

inline std::string destroyed(const StackCloud& cloud, const Stack& stack) {
  auto report = cloud.deployment(stack).destroy();
  if (!report) return "destroy: " + text_of(report);
  if (!report->status()) return "destroy: " + text_of(*report);
  const std::string left = cloud.leftovers();
  return left.empty() ? "" : "left behind:" + left;
}

inline const StackPlanStep& step_of(const StackPlan& plan, std::string_view address) {
  static const StackPlanStep kNone;
  const auto found = std::find_if(plan.steps.begin(), plan.steps.end(),
                                  [&](const StackPlanStep& step) { return step.address == address; });
  return found == plan.steps.end() ? kNone : *found;
}

/// The stack with some other values.
inline Stack changed(const Stack& stack, const std::function<void(StackResource&)>& change) {
  Stack other(stack.name());
  for (StackResource resource : stack.resources()) {
    change(resource);
    other.add(std::move(resource));
  }
  for (const auto& [name, text] : stack.outputs()) other.output(name, text);
  return other;
}

inline std::string s01_plan_empty_is_create_all(const StackCloud& cloud) {
  const Stack stack = cloud.whole_stack();
  auto plan = cloud.deployment(stack).plan();
  STACK_HOLDS(text_of(plan) == "success");
  STACK_HOLDS(plan->count(StackAction::create) == 7);
  STACK_HOLDS(plan->steps.size() == 7);
  STACK_HOLDS(plan->serial == 0);
  STACK_HOLDS(cloud.leftovers().empty());
  return {};
}

inline std::string s02_apply_twice_no_changes(const StackCloud& cloud) {
  const Stack stack = cloud.whole_stack();
  if (auto wrong = applied(cloud, stack); !wrong.empty()) return wrong;
  const std::string before = cloud.state_text("stacks/site.json");
  auto again = cloud.deployment(stack).apply();
  STACK_HOLDS(text_of(again) == "success");
  STACK_HOLDS(again->steps.empty());
  STACK_HOLDS(again->outputs.at("machine") == cloud.machines().at(0).id);
  STACK_HOLDS(cloud.state_text("stacks/site.json") == before);
  return destroyed(cloud, stack);
}

inline std::string s04_two_appliers_one_lock(const StackCloud& cloud) {
  const Stack stack = cloud.whole_stack();
  std::string second;
  Error error;
  StackApplyOptions options;
  options.owner = "the first";
  options.workers = 1;
  options.progress = [&](const StackEvent& event) {
    if (event.phase != StackPhase::started || !second.empty()) return;
    auto other = cloud.deployment(stack).apply();
    second = text_of(other);
    if (!other) error = other.error();
  };
  auto first = cloud.deployment(stack).apply(options);
  STACK_HOLDS(text_of(first) == "success");
  STACK_HOLDS(text_of(*first) == "success");
  STACK_HOLDS(error.code == ErrorCode::conflict);
  STACK_HOLDS(error.retryable);
  STACK_HOLDS(contains(second, "the stack is being changed by the first, since 20"));
  STACK_HOLDS(contains(error.hint, "wait for it, or end it; when it is dead, its lock "));
  STACK_HOLDS(cloud.machines().size() == 1);
  STACK_HOLDS(cloud.state_text("stacks/site.json.lock").empty());
  return destroyed(cloud, stack);
}

inline std::string s05_stale_lock_expires_and_its_owner_loses(const StackCloud& cloud) {
  const Stack stack = cloud.whole_stack();
  std::string second;
  StackApplyOptions options;
  options.workers = 1;
  options.owner = "the sleeper";
  options.progress = [&](const StackEvent& event) {
    if (event.phase != StackPhase::started || !second.empty()) return;
    cloud.advance(std::chrono::seconds(61));
    auto other = cloud.deployment(stack).apply();
    second = text_of(other) + (other ? text_of(*other) : "");
  };
  auto first = cloud.deployment(stack).apply(options);
  STACK_HOLDS(second == "successsuccess");
  STACK_HOLDS(!first);
  STACK_HOLDS(first.error().code == ErrorCode::conflict);
  STACK_HOLDS(contains(text_of(first), "the stack's lock was lost, so this run has ended: "));
  STACK_HOLDS(cloud.machines().size() == 1);
  if (auto wrong = applied(cloud, stack); !wrong.empty()) return wrong;
  return destroyed(cloud, stack);
}

inline std::string s07_drift_detected_and_repaired(const StackCloud& cloud) {
  const Stack stack = cloud.whole_stack();
  if (auto wrong = applied(cloud, stack); !wrong.empty()) return wrong;
  const Compute& compute = *cloud.providers.compute;
  FirewallRule everybody;
  everybody.from = everybody.to = 80;
  everybody.cidrs = {"0.0.0.0/0"};
  compute.set_rules("ssh", {everybody}).value();
  compute.set_tags(cloud.machines().at(0).id, {{"team", "red"}}).value();
  cloud.providers.objects->delete_bucket(cloud.bucket).value();

  auto drift = cloud.deployment(stack).refresh();
  STACK_HOLDS(text_of(drift) == "success");
  STACK_HOLDS(drift->size() == 3);
  STACK_HOLDS(drift->at(0).address == "bucket.logs");
  STACK_HOLDS(drift->at(0).gone);
  auto plan = cloud.deployment(stack).plan();
  STACK_HOLDS(text_of(plan) == "success");
  STACK_HOLDS(step_of(*plan, "bucket.logs").action == StackAction::create);
  const StackPlanStep& firewall = step_of(*plan, "firewall.ssh");
  STACK_HOLDS(firewall.action == StackAction::update);
  STACK_HOLDS(firewall.changes.size() == 1);
  STACK_HOLDS(firewall.changes[0].attribute == "rules");
  STACK_HOLDS(firewall.changes[0].drifted);
  STACK_HOLDS(step_of(*plan, "instance.web").changes.at(0).attribute == "tags.team");
  if (auto wrong = applied(cloud, stack); !wrong.empty()) return wrong;
  STACK_HOLDS(cloud.machines().at(0).tags.at("team") == "blue");
  STACK_HOLDS(compute.get_firewall("ssh").value().rules.size() == 2);

  // Gone altogether, it is made anew, and so is what was told its id.
  compute.destroy(cloud.machines().at(0).id, {true}).value();
  auto gone = cloud.deployment(stack).plan();
  STACK_HOLDS(text_of(gone) == "success");
  STACK_HOLDS(step_of(*gone, "instance.web").reason == "it is gone");
  STACK_HOLDS(step_of(*gone, "function.hello").action == StackAction::update);
  if (auto wrong = applied(cloud, stack); !wrong.empty()) return wrong;
  STACK_HOLDS(cloud.machines().size() == 1);
  return destroyed(cloud, stack);
}

inline std::string s08_replace_orders(const StackCloud& cloud) {
  const Stack stack = cloud.whole_stack();
  if (auto wrong = applied(cloud, stack); !wrong.empty()) return wrong;
  const std::string old_machine = cloud.machines().at(0).id;
  const std::string old_firewall = cloud.providers.compute->get_firewall("ssh").value().id;
  // The firewall cannot go while the machine uses it, nor the machine stay without it.
  const Stack other = changed(stack, [](StackResource& resource) {
    if (auto* firewall = std::get_if<FirewallSpec>(&resource.spec)) firewall->description = "another one";
  });
  auto plan = cloud.deployment(other).plan();
  STACK_HOLDS(text_of(plan) == "success");
  STACK_HOLDS(step_of(*plan, "firewall.ssh").action == StackAction::replace);
  STACK_HOLDS(step_of(*plan, "instance.web").action == StackAction::replace);
  STACK_HOLDS(step_of(*plan, "function.hello").action == StackAction::update);
  STACK_HOLDS(step_of(*plan, "bucket.logs").action == StackAction::unchanged);
  if (auto wrong = applied(cloud, other); !wrong.empty()) return wrong;
  STACK_HOLDS(cloud.machines().size() == 1);
  STACK_HOLDS(cloud.machines().at(0).id != old_machine);
  STACK_HOLDS(cloud.providers.compute->get_firewall("ssh").value().id != old_firewall);
  STACK_HOLDS(cloud.machines().at(0).firewalls.at(0) == cloud.providers.compute->get_firewall("ssh").value().id);
  return destroyed(cloud, other);
}

inline std::string s10_import_then_unchanged(const StackCloud& cloud) {
  const Stack stack = cloud.whole_stack();
  if (auto wrong = applied(cloud, stack); !wrong.empty()) return wrong;
  const StackDeployment site = cloud.deployment(stack);
  const std::string machine = cloud.machines().at(0).id;
  const std::vector<StackEntry> entries = site.entries().value();
  for (const StackEntry& entry : entries) STACK_HOLDS(text_of(site.forget(entry.address)) == "success");
  for (const char* address : {"firewall.ssh", "key.ada", "instance.web", "bucket.logs", "function.hello",
                              "endpoint.hello", "schedule.nightly"}) {
    const auto entry =
        std::find_if(entries.begin(), entries.end(), [&](const StackEntry& each) { return each.address == address; });
    const std::string imported = text_of(site.import_resource(address, entry->id));
    if (imported != "success") return address + (": " + imported);
  }
  auto plan = site.plan();
  STACK_HOLDS(text_of(plan) == "success");
  if (plan->count(StackAction::unchanged) != 7) return "changes after the import: " + plan->to_text();
  STACK_HOLDS(cloud.machines().at(0).id == machine);
  STACK_HOLDS(contains(text_of(site.import_resource("key.ada", "ada")), "the state has key.ada already"));
  STACK_HOLDS(contains(text_of(site.import_resource("key.bob", "ada")), "the stack declares no \"key.bob\""));
  STACK_HOLDS(contains(text_of(site.forget("key.bob")), "the state knows no \"key.bob\""));
  return destroyed(cloud, stack);
}

inline std::string s11_cycle_refused(const StackCloud& cloud) {
  Stack stack("site");
  FirewallSpec front;
  front.name = "front";
  front.rules.resize(1);
  front.rules[0].peer_firewall = "{{firewall.back.id}}";
  FirewallSpec back = front;
  back.name = "back";
  back.rules[0].peer_firewall = "{{firewall.front.id}}";
  stack.firewall(front);
  stack.firewall(back);
  auto report = cloud.deployment(stack).apply();
  STACK_HOLDS(!report);
  STACK_HOLDS(report.error().code == ErrorCode::invalid_argument);
  STACK_HOLDS(contains(text_of(report), "resources need each other: firewall.back -> firewall.front -> firewall.back"));
  STACK_HOLDS(cloud.leftovers().empty());
  return {};
}

inline std::string s12_secrets_absent_from_state(const StackCloud& cloud) {
  Stack stack = cloud.whole_stack();
  stack = changed(stack, [](StackResource& resource) {
    if (resource.type() == "instance") {
      std::get<InstanceSpec>(resource.spec).tags["note"] = "cktest-stack-tag-1";
      resource.options.secrets = {"tags.note"};
    }
  });
  auto plan = cloud.deployment(stack).plan();
  STACK_HOLDS(text_of(plan) == "success");
  STACK_HOLDS(!contains(plan->to_json().value() + plan->to_text(), "cktest-"));
  if (auto wrong = applied(cloud, stack); !wrong.empty()) return wrong;
  const std::string state = cloud.state_text("stacks/site.json");
  STACK_HOLDS(!contains(state, "cktest-"));
  STACK_HOLDS(!contains(state, "AAAAC3NzaC1lZDI1NTE5AAAAIDaKmkcZgrnEdVSG6KQ2Q5NrMK1Zkbuxu7JkXnbpTYgk"));
  STACK_HOLDS(contains(state, R"("environment.PASSWORD":{"digest":")"));

  const Stack other = changed(stack, [](StackResource& resource) {
    if (auto* function = std::get_if<FunctionSpec>(&resource.spec)) {
      function->environment["PASSWORD"] = "cktest-stack-env-2";
    }
  });
  auto change = cloud.deployment(other).plan();
  STACK_HOLDS(text_of(change) == "success");
  const StackPlanStep& step = step_of(*change, "function.hello");
  STACK_HOLDS(step.action == StackAction::update);
  STACK_HOLDS(step.changes.size() == 1);
  STACK_HOLDS(step.changes[0].before == "(secret)");
  STACK_HOLDS(!contains(change->to_json().value() + change->to_text(), "cktest-"));
  return destroyed(cloud, stack);
}

inline std::vector<NamedCase> cases() {
  return {{"S01_plan_empty_is_create_all", s01_plan_empty_is_create_all},
          {"S02_apply_twice_no_changes", s02_apply_twice_no_changes},
          {"S04_two_appliers_one_lock", s04_two_appliers_one_lock},
          {"S05_stale_lock_expires_and_its_owner_loses", s05_stale_lock_expires_and_its_owner_loses},
          {"S07_drift_detected_and_repaired", s07_drift_detected_and_repaired},
          {"S08_replace_orders", s08_replace_orders},
          {"S10_import_then_unchanged", s10_import_then_unchanged},
          {"S11_cycle_refused", s11_cycle_refused},
          {"S12_secrets_absent_from_state", s12_secrets_absent_from_state}};
}

/// A line for the table of ./check, and the verdict.
inline void report(const std::string& where, const std::string& name, const std::string& wrong) {
  std::printf("case: %s: %s: %s\n", where.c_str(), name.c_str(), wrong.empty() ? "passed" : "failed");
  std::fflush(stdout);
  CHECK_MESSAGE(wrong.empty(), where, ": ", name, ": ", wrong);
}

}  // namespace test::stacks

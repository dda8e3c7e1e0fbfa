#include "stack/tasks.h"

#include "specs.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::stack;
using ::test::stacks::machine_spec;

namespace {

StackPlan plan_of(const std::vector<std::pair<std::string, StackAction>>& steps) {
  StackPlan plan;
  for (const auto& [address, action] : steps) {
    plan.steps.emplace_back();
    plan.steps.back().address = address;
    plan.steps.back().action = action;
  }
  return plan;
}

Entry needing(std::vector<std::string> needs) {
  Entry entry;
  entry.needs = std::move(needs);
  return entry;
}

// "down instance.a" and what it waits for.
std::string waits(const std::vector<Task>& tasks, const std::string& name) {
  const auto label = [](const Task& task) { return (task.way == Way::down ? "down " : "up ") + task.address; };
  for (const Task& task : tasks) {
    if (label(task) != name) continue;
    std::string all;
    for (const std::size_t after : task.after) all += (all.empty() ? "" : ", ") + label(tasks[after]);
    return all;
  }
  return "(none)";
}

}  // namespace

TEST_CASE("what is replaced goes after those that need it, and comes before them") {
  Stack stack("web");
  stack.instance(machine_spec("a"));
  stack.instance(machine_spec("b", "{{instance.a.id}}"));
  const auto tasks = tasks_of(plan_of({{"instance.a", StackAction::replace}, {"instance.b", StackAction::replace}}),
                              stack, {{"instance.a", needing({})}, {"instance.b", needing({"instance.a"})}});
  CHECK(waits(tasks, "down instance.a") == "down instance.b");
  CHECK(waits(tasks, "up instance.a") == "down instance.a");
  CHECK(waits(tasks, "down instance.b").empty());
  CHECK(waits(tasks, "up instance.b") == "up instance.a, down instance.b");
}

TEST_CASE("what is removed is let go of first") {
  Stack stack("web");
  stack.instance(machine_spec("b"));
  const auto tasks = tasks_of(plan_of({{"instance.b", StackAction::update}, {"instance.a", StackAction::remove}}),
                              stack, {{"instance.a", needing({})}, {"instance.b", needing({"instance.a"})}});
  CHECK(waits(tasks, "down instance.a") == "up instance.b");
}

TEST_CASE("unless that would be a circle") {
  // b let go of a, and needs n; a needed n, which is replaced.
  Stack stack("web");
  stack.instance(machine_spec("n"));
  stack.instance(machine_spec("b", "{{instance.n.id}}"));
  const auto tasks = tasks_of(plan_of({{"instance.n", StackAction::replace},
                                       {"instance.b", StackAction::update},
                                       {"instance.a", StackAction::remove}}),
                              stack,
                              {{"instance.n", needing({})},
                               {"instance.a", needing({"instance.n"})},
                               {"instance.b", needing({"instance.a", "instance.n"})}});
  CHECK(waits(tasks, "down instance.n") == "down instance.a");
  CHECK(waits(tasks, "up instance.b") == "up instance.n");
  CHECK(waits(tasks, "down instance.a").empty());
}

TEST_CASE("what is unchanged is no task") {
  Stack stack("web");
  stack.instance(machine_spec("a"));
  CHECK(tasks_of(plan_of({{"instance.a", StackAction::unchanged}}), stack, {}).empty());
}

TEST_CASE("a removal beside many layers that all need all of the layer before is ordered at once") {
  constexpr int kLayers = 40;
  const auto name = [](int layer, int which) { return "n" + std::to_string(layer) + (which == 0 ? "a" : "b"); };
  Stack stack("web");
  std::vector<std::pair<std::string, StackAction>> steps;
  Entries entries;
  for (int layer = 0; layer < kLayers; ++layer) {
    for (int which = 0; which < 2; ++which) {
      StackResourceOptions options;
      if (layer > 0) options.depends_on = {"instance." + name(layer - 1, 0), "instance." + name(layer - 1, 1)};
      stack.instance(machine_spec(name(layer, which)), options);
      steps.emplace_back("instance." + name(layer, which), StackAction::update);
    }
  }
  // Which the last one lets go of: whether that waits for the removal takes 2^40 steps along every way.
  steps.emplace_back("firewall.old", StackAction::remove);
  entries["firewall.old"] = needing({});
  entries["instance." + name(kLayers - 1, 0)] = needing({"firewall.old"});
  const auto tasks = tasks_of(plan_of(steps), stack, entries);
  CHECK(waits(tasks, "down firewall.old") == "up instance." + name(kLayers - 1, 0));
}

#include "stack/tasks.h"

#include "stack/declaration.h"

#include <algorithm>

namespace cloudkit::inline v0::stack {
namespace {

using Places = std::map<std::string, std::size_t>;

// Whether `from` waits for `to`, however indirectly. Each task is looked at once: there are many ways to most.
bool waits_for(const std::vector<Task>& tasks, std::size_t from, std::size_t to) {
  std::set<std::size_t> seen = {from};
  std::vector<std::size_t> open = {from};
  while (!open.empty()) {
    const std::size_t here = open.back();
    if (here == to) return true;
    open.pop_back();
    for (const std::size_t next : tasks[here].after) {
      if (seen.insert(next).second) open.push_back(next);
    }
  }
  return false;
}

class Ordering {
 public:
  Ordering(const StackPlan& plan, const Stack& stack, const Entries& entries)
      : needs_(needs_of(stack)), entries_(entries) {
    for (const StackPlanStep& step : plan.steps) {
      const bool goes = step.action == StackAction::remove || step.action == StackAction::replace;
      const bool comes = step.action != StackAction::remove && step.action != StackAction::unchanged;
      if (goes) add(Way::down, step);
      if (comes) add(Way::up, step);
    }
  }

  std::vector<Task> run() && {
    for (std::size_t i = 0; i < tasks_.size(); ++i) tasks_[i].way == Way::down ? order_down(i) : order_up(i);
    // A thing is let go before it goes, too; where that cannot be, the service says no, and the next run does it.
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      if (tasks_[i].way == Way::down && tasks_[i].action == StackAction::remove) after_changes(i);
    }
    return std::move(tasks_);
  }

 private:
  void add(Way way, const StackPlanStep& step) {
    (way == Way::down ? down_ : up_)[step.address] = tasks_.size();
    tasks_.push_back({way, step.address, step.action, {}});
  }

  void wait(std::size_t task, const Places& places, const std::string& address) {
    const auto found = places.find(address);
    if (found != places.end() && found->second != task) tasks_[task].after.insert(found->second);
  }

  std::vector<std::string> dependents(const std::string& address) const {
    std::vector<std::string> all;
    for (const auto& [other, entry] : entries_) {
      if (std::find(entry.needs.begin(), entry.needs.end(), address) != entry.needs.end()) all.push_back(other);
    }
    return all;
  }

  void order_down(std::size_t task) {
    for (const std::string& other : dependents(tasks_[task].address)) wait(task, down_, other);
  }

  void order_up(std::size_t task) {
    wait(task, down_, tasks_[task].address);
    for (const std::string& needed : needs_[tasks_[task].address]) wait(task, up_, needed);
  }

  void after_changes(std::size_t task) {
    for (const std::string& other : dependents(tasks_[task].address)) {
      const auto change = up_.find(other);
      if (change == up_.end() || waits_for(tasks_, change->second, task)) continue;
      tasks_[task].after.insert(change->second);
    }
  }

  Needs needs_;
  const Entries& entries_;
  std::vector<Task> tasks_;
  Places down_;
  Places up_;
};

}  // namespace

std::vector<Task> tasks_of(const StackPlan& plan, const Stack& stack, const Entries& entries) {
  return Ordering(plan, stack, entries).run();
}

}  // namespace cloudkit::inline v0::stack

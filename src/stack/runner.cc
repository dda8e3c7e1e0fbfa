#include "stack/runner.h"

#include "core/fail.h"
#include "core/threads.h"
#include "stack/declaration.h"
#include "stack/step.h"

#include <algorithm>
#include <condition_variable>

namespace cloudkit::inline v0::stack {
namespace {

constexpr std::size_t kMostWorkers = 64;

enum class Progress { waiting, running, done, failed, skipped };

class Crew {
 public:
  Crew(const StepSite& at, const Lock& lock, std::vector<Task> tasks, const StackApplyOptions& options)
      : at_(at),
        lock_(lock),
        tasks_(std::move(tasks)),
        options_(options),
        progress_(tasks_.size(), Progress::waiting) {}

  void run() {
    const auto wanted = static_cast<std::size_t>(std::max(options_.workers, 1));
    core::run_on_threads(std::min({wanted, kMostWorkers, tasks_.size()}), [this] { work(); });
  }

  std::vector<StackOutcome> outcomes() && { return std::move(outcomes_); }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      const auto next = take();
      if (next) {
        do_one(*next, lock);
        changed_.notify_all();
        continue;
      }
      if (std::none_of(progress_.begin(), progress_.end(), [](Progress each) { return each == Progress::running; })) {
        return;
      }
      changed_.wait(lock);
    }
  }

  // The next one that nothing keeps waiting. What needs something that failed is skipped on the way.
  std::optional<std::size_t> take() {
    for (bool again = true; again;) {
      again = false;
      for (std::size_t i = 0; i < tasks_.size(); ++i) {
        if (progress_[i] != Progress::waiting) continue;
        const auto& after = tasks_[i].after;
        const auto any = [&](auto is) {
          return std::any_of(after.begin(), after.end(), [&](std::size_t each) { return is(progress_[each]); });
        };
        if (any([](Progress each) { return each == Progress::failed || each == Progress::skipped; }) || is_over()) {
          leave_out(i);
          again = true;
        } else if (!any([](Progress each) { return each != Progress::done; })) {
          return i;
        }
      }
    }
    return std::nullopt;
  }

  void leave_out(std::size_t index) {
    const Task& task = tasks_[index];
    Status ended = at_.site.context.check();
    const bool is_half_done = task.way == Way::up && task.action == StackAction::replace && is_removed(task.address);
    if (is_half_done) {
      const ErrorCode code = ended ? ErrorCode::conflict : ended.error().code;
      end(index, Progress::failed, {},
          core::fail(code, "it was removed, and not made again: what it needs was not done", "apply again"));
      return;
    }
    end(index, Progress::skipped, {}, ended ? std::nullopt : std::optional(std::move(ended).error()));
  }

  bool is_removed(const std::string& address) const {
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      if (tasks_[i].way == Way::down && tasks_[i].address == address) return progress_[i] == Progress::done;
    }
    return false;
  }

  bool is_over() const { return !at_.site.context.check() || !at_.keeper.status() || !lock_.status(); }

  void do_one(std::size_t index, std::unique_lock<std::mutex>& lock) {
    progress_[index] = Progress::running;
    const Task& task = tasks_[index];
    const bool first = task.way == Way::down || task.action != StackAction::replace;
    if (first) tell({StackPhase::started, task.action, task.address, {}, nullptr});
    lock.unlock();
    auto done = do_step(at_, task);
    lock.lock();
    if (done) {
      end(index, Progress::done, *std::move(done));
    } else {
      end(index, Progress::failed, {}, std::move(done).error());
    }
  }

  void end(std::size_t index, Progress how, std::string id, std::optional<Error> error = {}) {
    progress_[index] = how;
    const Task& task = tasks_[index];
    // Half of a replacement is none.
    if (task.way == Way::down && task.action == StackAction::replace && how == Progress::done) return;
    const bool told = std::any_of(outcomes_.begin(), outcomes_.end(),
                                  [&](const StackOutcome& each) { return each.address == task.address; });
    if (told) return;
    const StackPhase phase = how == Progress::done     ? StackPhase::done
                             : how == Progress::failed ? StackPhase::failed
                                                       : StackPhase::skipped;
    outcomes_.push_back({phase, task.action, task.address, id, error});
    const bool has_failed = error && phase == StackPhase::failed;
    tell({phase, task.action, task.address, std::move(id), has_failed ? &*error : nullptr});
  }

  void tell(const StackEvent& event) {
    if (options_.progress) options_.progress(event);
  }

  const StepSite& at_;
  const Lock& lock_;
  const std::vector<Task> tasks_;
  const StackApplyOptions& options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Progress> progress_;
  std::vector<StackOutcome> outcomes_;
};

Lookup outputs_in(const Document& document) {
  return [&document](const std::string& address, const std::string& output) -> Result<std::string> {
    const auto entry = document.entries.find(address);
    const bool is_there = entry != document.entries.end() && entry->second.created;
    if (!is_there) return core::fail(ErrorCode::not_found, address + " is not there");
    const auto value = entry->second.outputs.find(output);
    return value == entry->second.outputs.end() ? std::string() : value->second;
  };
}

// What is unchanged may tell other outputs than last time, be protected, or need other things. Older states do not tell
// whose it is.
void take_over(Document& document, const Stack& stack, const Site& site, const Planned& planned) {
  Needs needs = needs_of(stack);
  for (const StackPlanStep& step : planned.plan.steps) {
    const auto entry = document.entries.find(step.address);
    const StackResource* const resource = find(stack, step.address);
    if (step.action != StackAction::unchanged || entry == document.entries.end() || resource == nullptr) continue;
    entry->second.protect = resource->options.protect;
    entry->second.needs = needs[step.address];
    Place& place = entry->second.place;
    if (place.account.empty()) place = place_of(kind_of(type_of(step.address)), site).value_or(place);
    if (const auto& there = planned.there.at(step.address)) entry->second.outputs = there->outputs;
  }
}

void take_outputs(Document& document, const Stack& stack) {
  document.outputs.clear();
  for (const auto& [name, text] : stack.outputs()) {
    if (auto value = resolve_text(text, outputs_in(document))) document.outputs[name] = *std::move(value);
  }
}

Status write_rest(const Stack& stack, const Site& site, const Planned& planned, Keeper& keeper) {
  if (!keeper.status()) return keeper.status();
  const Document before = keeper.document();
  if (planned.plan.destroy) return before.entries.empty() ? keeper.remove() : Status();
  Document after = before;
  take_over(after, stack, site, planned);
  take_outputs(after, stack);
  const auto before_json = to_json(before);
  const auto after_json = to_json(after);
  if (!before.edited && before_json && after_json && *before_json == *after_json) return {};
  return keeper.change([&](Document& document) {
    document.entries = after.entries;
    document.outputs = after.outputs;
  });
}

}  // namespace

Result<StackReport> carry_out(const Stack& stack, const Site& site, const Planned& planned, Keeper& keeper,
                              const Lock& lock, const StackApplyOptions& options) {
  const StepSite at{stack, site, planned, keeper};
  Crew crew(at, lock, tasks_of(planned.plan, stack, keeper.document().entries), options);
  crew.run();
  StackReport report;
  report.steps = std::move(crew).outcomes();
  auto written = write_rest(stack, site, planned, keeper);
  if (auto held = lock.status(); !held) return std::move(held).error();
  if (!written) return std::move(written).error();
  report.outputs = keeper.document().outputs;
  return report;
}

}  // namespace cloudkit::inline v0::stack

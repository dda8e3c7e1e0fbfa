#include "local/functions/scheduler.h"

#include "core/cron.h"
#include "core/log.h"
#include "core/next_fire.h"

namespace cloudkit::inline v0::local::functions {
namespace {

bool is_same_minute(core::TimePoint a, core::TimePoint b) {
  return std::chrono::floor<std::chrono::minutes>(a) == std::chrono::floor<std::chrono::minutes>(b);
}

}  // namespace

void Scheduler::tick(core::TimePoint now) {
  if (!lock_) {
    auto lock = try_lock_file(store_->path("scheduler"));
    if (!lock || !*lock) return;
    lock_ = *std::move(lock);
    last_ = now;
    return;
  }
  if (is_same_minute(*last_, now)) return;
  // A clock that was set back goes on from there.
  const auto since = std::exchange(last_, now);
  if (*since > now) return;
  const auto functions = store_->stored("schedules");
  if (!functions) return;
  for (const std::string& function : *functions) {
    const auto schedules = store_->schedules(function);
    if (!schedules) continue;
    for (const Schedule& schedule : *schedules) {
      if (schedule.enabled) fire_due(schedule, *since, now);
    }
  }
}

void Scheduler::fire_due(const Schedule& schedule, core::TimePoint since, core::TimePoint now) {
  const auto cron = core::parse_cron(schedule.cron);
  const auto due =
      cron ? core::next_fire(*cron, schedule.time_zone, since) : Result<std::optional<core::TimePoint>>(cron.error());
  if (!due) {
    core::log(LogLevel::warn, "a schedule cannot be read",
              {{"function", schedule.function}, {"schedule", schedule.name}, {"reason", due.error().message}});
    return;
  }
  if (!*due || **due > now) return;
  QueuedEvent event;
  event.function = schedule.function;
  event.payload = schedule.input;
  event.request_id = new_request_id();
  event.accepted = event.due = now;
  if (const Status pushed = queue_->push(event); !pushed) {
    core::log(LogLevel::warn, "a schedule could not be fired",
              {{"function", schedule.function}, {"schedule", schedule.name}, {"reason", pushed.error().message}});
  }
}

}  // namespace cloudkit::inline v0::local::functions

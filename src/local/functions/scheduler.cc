#include "local/functions/scheduler.h"

#include "core/cron.h"
#include "core/log.h"
#include "core/next_fire.h"
#include "core/time.h"
#include "core/whole_file.h"

namespace cloudkit::inline v0::local::functions {
namespace {

constexpr std::string_view kLastFile = "scheduler_last";

std::chrono::minutes minutes_between(core::TimePoint a, core::TimePoint b) {
  return std::chrono::floor<std::chrono::minutes>(b) - std::chrono::floor<std::chrono::minutes>(a);
}

}  // namespace

void Scheduler::tick(core::TimePoint now) {
  if (!lock_) {
    auto lock = try_lock_file(store_->path("scheduler"));
    if (!lock || !*lock) return;
    lock_ = *std::move(lock);
    take_over(now);
  }
  if (minutes_between(*last_, now).count() == 0) return;
  const auto since = std::exchange(last_, now);
  // A clock that was set back goes on from there.
  if (*since <= now) fire_all(*since, now);
  store_last();  // Rather twice, after a crash, than never.
}

// Between the last look of the one before and the first one here nothing may be lost.
void Scheduler::take_over(core::TimePoint now) {
  const auto text = core::read_whole_file(store_->path(kLastFile), 64);
  const auto stored = text && *text ? core::parse_rfc3339(**text) : std::nullopt;
  const bool goes_on = stored && *stored <= now && minutes_between(*stored, now).count() <= 1;
  last_ = goes_on ? *stored : now;
  if (!goes_on) store_last();
}

void Scheduler::store_last() {
  // Where the disk is full, the next owner begins anew.
  (void)core::replace_private_file(store_->path(kLastFile), core::format_rfc3339(*last_));
}

void Scheduler::fire_all(core::TimePoint since, core::TimePoint now) {
  const auto functions = store_->stored("schedules");
  if (!functions) return;
  for (const std::string& function : *functions) {
    const auto schedules = store_->schedules(function);
    if (!schedules) continue;
    for (const Schedule& schedule : *schedules) {
      if (schedule.enabled) fire_due(schedule, since, now);
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

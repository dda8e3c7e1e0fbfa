#include "memory/functions/events.h"

#include "core/next_fire.h"
#include "core/random.h"
#include "core/start_thread.h"
#include "memory/functions/calls.h"

#include <algorithm>
#include <optional>

namespace cloudkit::inline v0::memory::functions {
namespace {

// As Lambda: two more, after one minute and then two.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
constexpr int kAttempts = 3;
constexpr std::chrono::minutes kFirstRetry{1};

std::optional<TimePoint> due_time(const StoredSchedule& stored) {
  if (!stored.schedule.enabled) return std::nullopt;
  return core::next_fire(stored.cron, stored.schedule.time_zone, stored.checked).value_or(std::nullopt);
}

}  // namespace

Events::~Events() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  arrived_.notify_all();
  if (worker_.joinable()) worker_.join();
}

Status Events::accept(Event event) {
  const std::scoped_lock lock(mutex_);
  Status running = worker_.joinable() ? Status() : core::start_thread(worker_, [this] { work(); });
  if (!running) return running;
  accepted_.push_back(std::move(event));
  arrived_.notify_one();
  return {};
}

void Events::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    arrived_.wait(lock, [this] { return ending_ || !accepted_.empty(); });
    if (ending_) return;
    Event event = std::move(accepted_.front());
    accepted_.pop_front();
    lock.unlock();
    run(std::move(event));
    lock.lock();
  }
}

// A function that is gone by now has lost its calls.
void Events::run(Event event) {
  const auto done =
      call_function(store_, event.function, event.qualifier, event.payload, event.client_context, event.request_id, {});
  const bool failed = done ? done->error.has_value() : done.error().retryable;
  if (!failed || ++event.attempts == kAttempts) return;
  {
    const std::scoped_lock lock(store_.mutex);
    event.due = store_.now() + kFirstRetry * event.attempts;
  }
  const std::scoped_lock lock(mutex_);
  again_.push_back(std::move(event));
}

void Events::advance(std::chrono::milliseconds duration) {
  TimePoint until;
  {
    const std::scoped_lock lock(store_.mutex);
    until = store_.now() + duration;
  }
  while (run_next(until)) {
  }
  const std::scoped_lock lock(store_.mutex);
  if (const auto now = store_.now(); now < until) store_.clock += until - now;
}

// The earliest of all that is due by then; the clock goes there first, so that handlers see their own time.
bool Events::run_next(TimePoint until) {
  std::optional<Event> next;
  {
    const std::scoped_lock lock(mutex_, store_.mutex);
    auto earliest =
        std::min_element(again_.begin(), again_.end(), [](const Event& a, const Event& b) { return a.due < b.due; });
    StoredSchedule* firing = nullptr;
    TimePoint when = until;
    if (earliest != again_.end() && earliest->due <= when)
      when = earliest->due;
    else
      earliest = again_.end();
    for (auto& [key, stored] : store_.schedules) {
      const auto due = due_time(stored);
      if (!due || *due > when || (*due == when && firing != nullptr)) continue;
      when = *due;
      firing = &stored;
    }
    if (firing != nullptr) {
      firing->checked = when;
      next.emplace();
      next->function = firing->schedule.function;
      next->payload = firing->schedule.input;
      next->request_id = core::random_hex(16);
    } else if (earliest != again_.end()) {
      next = std::move(*earliest);
      again_.erase(earliest);
    }
    if (next && store_.now() < when) store_.clock += when - store_.now();
  }
  if (!next) return false;
  run(*std::move(next));
  return true;
}

}  // namespace cloudkit::inline v0::memory::functions

#include "local/functions/async_queue.h"

#include "core/fail.h"
#include "core/log.h"
#include "core/whole_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace cloudkit::inline v0::local::functions {
namespace {

constexpr std::size_t kLargestEvent = std::size_t{16} << 20;
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html
constexpr std::chrono::hours kOldestEvent{6};
// After what was not the function's fault.
constexpr std::chrono::milliseconds kShortestDelay{10};
constexpr std::chrono::milliseconds kBusyDelay{1000};

// Whether it will fail the same way again. All else passes: the machine has no more files, a Python is being installed.
bool is_final(ErrorCode code) {
  return code == ErrorCode::not_found || code == ErrorCode::data_loss || code == ErrorCode::invalid_argument;
}

}  // namespace

std::string AsyncQueue::path_of(const std::string& id, std::string_view suffix) const {
  return store_->path(fmt::format("queue/{}{}", id, suffix));
}

Status AsyncQueue::push(const QueuedEvent& event) {
  const auto text = to_json(event);
  if (!text) return text.error();
  if (auto status = core::replace_private_file(path_of(event.request_id, ".json"), *text); !status) return status;
  add(event.request_id, Clock::now());
  return {};
}

void AsyncQueue::adopt() {
  const auto ids = store_->stored("queue");
  if (!ids) return;
  for (const std::string& id : *ids) add(id, Clock::now());
  const std::scoped_lock lock(mutex_);
  start_thread_if_needed();
}

void AsyncQueue::add(const std::string& id, Clock::time_point due) {
  const std::scoped_lock lock(mutex_);
  if (stopping_ || !known_.insert(id).second) return;
  waiting_.emplace(due, Waiting{id, {}});
  start_thread_if_needed();
  changed_.notify_one();
}

void AsyncQueue::start_thread_if_needed() {
  if (stopping_ || waiting_.empty() || idle_ > 0 || threads_.size() == kMostThreads) return;
  try {
    threads_.emplace_back([this] { work(); });
  } catch (const std::system_error& error) {
    // What waits is for the other threads, or for the next adoption.
    core::log(LogLevel::warn, "no thread for asynchronous invocations is to be had", {{"reason", error.what()}});
  }
}

void AsyncQueue::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  context_.cancel();
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void AsyncQueue::work() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (waiting_.empty() || waiting_.begin()->first > Clock::now()) {
      ++idle_;
      if (waiting_.empty()) {
        changed_.wait(lock);
      } else {
        const Clock::time_point due = waiting_.begin()->first;  // Another thread may take the entry meanwhile.
        changed_.wait_until(lock, due);
      }
      --idle_;
      continue;
    }
    Waiting next = std::move(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
    const auto busy = busy_.find(next.function);
    if (busy != busy_.end() && busy->second > Clock::now()) {
      waiting_.emplace(busy->second, std::move(next));
      continue;
    }
    // Those who added others saw this thread idle, and started none.
    if (!waiting_.empty() && waiting_.begin()->first <= Clock::now()) {
      start_thread_if_needed();
      changed_.notify_one();
    }
    lock.unlock();
    const Turn turn = run(next.id);
    lock.lock();
    settle(next.id, turn);
  }
}

// An event that finds its function busy takes no thread while it waits. The next end of an invocation has two of them
// tried at once: one for its place, and one since others may be free, too.
void AsyncQueue::settle(const std::string& id, const Turn& turn) {
  if (turn.again) {
    waiting_.emplace(*turn.again, Waiting{id, turn.found_busy ? turn.function : ""});
  } else {
    known_.erase(id);
  }
  if (turn.found_busy) {
    busy_[turn.function] = *turn.again;
  } else if (busy_.erase(turn.function) != 0) {
    int left = 2;
    for (auto it = waiting_.begin(); it != waiting_.end() && left > 0;) {
      const auto each = it++;
      if (each->second.function != turn.function) continue;
      auto node = waiting_.extract(each);
      node.key() = Clock::time_point::min();
      waiting_.insert(std::move(node));
      --left;
    }
    start_thread_if_needed();
    changed_.notify_one();
  }
}

AsyncQueue::Turn AsyncQueue::run(const std::string& id) {
  // Whoever has it runs it; should they die, the next adoption finds it.
  auto lock = try_lock_file(path_of(id, ".lock"));
  if (!lock || !*lock) return {};
  Turn turn;
  const auto finish = [&] {
    ::unlink(path_of(id, ".json").c_str());
    ::unlink(path_of(id, ".lock").c_str());
    const std::scoped_lock guard(mutex_);
    unstored_.erase(id);
    return turn;
  };
  const auto text = core::read_whole_file(path_of(id, ".json"), kLargestEvent);
  if (!text) return {};
  auto event = *text ? parse_event(**text) : Result<QueuedEvent>(core::fail(ErrorCode::not_found, "done"));
  if (!event) {
    if (*text) core::log(LogLevel::warn, "an asynchronous invocation cannot be read", {{"id", id}});
    return finish();
  }
  recall_progress(id, *event);
  auto now = std::chrono::system_clock::now();
  if (event->due <= now) {
    turn.function = fmt::format("{}:{}", event->function, event->qualifier);
    const auto due = attempt(*event, turn.found_busy);
    if (!due) return finish();
    event->due = *due;
    if (!turn.found_busy) store_progress(id, *event);  // Else there is none.
    now = std::chrono::system_clock::now();
  }
  // Not later than the longest delay, whatever the clock does.
  turn.again = Clock::now() + std::min<Clock::duration>(event->due - now, 2 * retry_delay_ + kBusyDelay);
  return turn;
}

// A full disk must not make a failing event run for ever.
void AsyncQueue::store_progress(const std::string& id, const QueuedEvent& event) {
  const auto text = to_json(event);
  const bool stored = text && core::replace_private_file(path_of(id, ".json"), *text);
  const std::scoped_lock lock(mutex_);
  if (stored) {
    unstored_.erase(id);
  } else {
    unstored_[id] = {event.attempts, event.due};
  }
}

void AsyncQueue::recall_progress(const std::string& id, QueuedEvent& event) {
  const std::scoped_lock lock(mutex_);
  const auto it = unstored_.find(id);
  if (it == unstored_.end()) return;
  event.attempts = it->second.attempts;
  event.due = it->second.due;
}

// When it is due again; nothing when it is done.
std::optional<core::TimePoint> AsyncQueue::attempt(QueuedEvent& event, bool& found_busy) {
  const auto result =
      invoker_->invoke(event.function, event.qualifier, {event.request_id, event.payload, {}, {}, event.client_context},
                       context_, {WhenBusy::refuse, {}});
  const auto now = std::chrono::system_clock::now();
  if (result && !result->error) return std::nullopt;
  if (!result && !is_final(result.error().code)) {
    if (now - event.accepted < kOldestEvent) {
      found_busy = result.error().code == ErrorCode::throttled;
      return now + std::clamp(retry_delay_, kShortestDelay, kBusyDelay);
    }
  } else if (result && ++event.attempts < kMostAttempts) {
    return now + event.attempts * retry_delay_;
  }
  core::log(LogLevel::warn, "gave up an asynchronous invocation",
            {{"function", event.function},
             {"request_id", event.request_id},
             {"reason", result ? std::string_view(result->error->type) : std::string_view(result.error().message)}});
  return std::nullopt;
}

}  // namespace cloudkit::inline v0::local::functions

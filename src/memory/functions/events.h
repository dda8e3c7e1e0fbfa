#pragma once

#include "memory/functions/execution.h"
#include "memory/functions/store.h"

#include <condition_variable>
#include <deque>
#include <string>
#include <thread>

namespace cloudkit::inline v0::memory::functions {

/// An asynchronous invocation that has not succeeded yet.
struct Event {
  std::string function = {};
  std::string qualifier = {};
  std::string payload = {};
  std::string client_context = {};
  std::string request_id = {};
  int attempts = 0;
  TimePoint due = {};
};

/// Runs what nobody waits for: asynchronous calls on a thread of its own, begun with the first one; what has become due
/// on the thread of whoever moves the clock.
class Events {
 public:
  explicit Events(FunctionStore& store) : store_(store) {}
  ~Events();
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;

  /// Errors: `unavailable` where no thread is to be had.
  Status accept(Event event);
  /// To the new time and what is due until then, in its order.
  void advance(std::chrono::milliseconds duration);

 private:
  void work();
  void run(Event event);
  bool run_next(TimePoint until);

  FunctionStore& store_;
  std::mutex mutex_;  // Taken alone, or before the store's.
  std::condition_variable arrived_;
  bool ending_ = false;
  std::deque<Event> accepted_;
  std::vector<Event> again_;  // What failed before.
  std::thread worker_;
};

}  // namespace cloudkit::inline v0::memory::functions

#pragma once

#include "local/functions/invoker.h"

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace cloudkit::inline v0::local::functions {

/// Asynchronous invocations. Each is a file before it is accepted, and one until it is done, so that it outlives the
/// program: whoever opens the directory next runs it. Two more attempts follow a failure of the function.
/// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
/// Thread-safe.
class AsyncQueue {
 public:
  AsyncQueue(const DirectoryStore& store, Invoker& invoker, std::chrono::milliseconds retry_delay)
      : store_(&store), invoker_(&invoker), retry_delay_(retry_delay) {}
  AsyncQueue(const AsyncQueue&) = delete;
  AsyncQueue& operator=(const AsyncQueue&) = delete;
  ~AsyncQueue() { stop(); }

  /// Errors: `io`, `invalid_argument` for what is not UTF-8.
  Status push(const QueuedEvent& event);
  /// Takes over what others left.
  void adopt();
  /// What runs is cut off, and stays in the queue.
  void stop();

 private:
  using Clock = Context::Clock;
  static constexpr std::size_t kMostThreads = 32;  // They begin on demand.
  static constexpr int kMostAttempts = 3;
  struct Progress {
    int attempts = 0;
    core::TimePoint due = {};
  };

  struct Waiting {
    std::string id = {};
    std::string function = {};  ///< With its qualifier; of one that found it busy.
  };
  /// What came of an event whose time had come.
  struct Turn {
    std::optional<Clock::time_point> again = {};  ///< Nothing: it is done, or somebody else's.
    std::string function = {};                    ///< Of one that was tried.
    bool found_busy = false;
  };

  void add(const std::string& id, Clock::time_point due);
  void start_thread_if_needed();  // Under the mutex.
  void work();
  Turn run(const std::string& id);
  void settle(const std::string& id, const Turn& turn);  // Under the mutex.
  std::optional<core::TimePoint> attempt(QueuedEvent& event, bool& found_busy);
  void store_progress(const std::string& id, const QueuedEvent& event);
  void recall_progress(const std::string& id, QueuedEvent& event);
  std::string path_of(const std::string& id, std::string_view suffix) const;

  const DirectoryStore* store_;
  Invoker* invoker_;
  const std::chrono::milliseconds retry_delay_;
  const Context context_ = Context::cancellable();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<Clock::time_point, Waiting> waiting_;
  std::map<std::string, Clock::time_point> busy_;  // Functions, and until when nobody asks them.
  std::set<std::string> known_;                    // Those that wait and those that run.
  std::map<std::string, Progress> unstored_;       // What a full disk did not take.
  std::size_t idle_ = 0;
  std::vector<std::thread> threads_;
  bool stopping_ = false;
};

}  // namespace cloudkit::inline v0::local::functions

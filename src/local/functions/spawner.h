#pragma once

#include "local/functions/guardian.h"

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

namespace cloudkit::inline v0::local::functions {

/// Starts programs on a thread of its own, because the kernel ends them with the thread that started them, and callers'
/// threads come and go; and has them guarded. Thread and guardian exist from the first program on. Thread-safe.
class Spawner {
 public:
  Spawner() = default;
  Spawner(const Spawner&) = delete;
  Spawner& operator=(const Spawner&) = delete;
  /// What was started must have ended before.
  ~Spawner();

  /// Errors: as `Child::start`.
  Result<std::unique_ptr<Child>> start(const ChildSpec& spec);

 private:
  using Task = std::packaged_task<Result<std::unique_ptr<Child>>()>;
  Result<std::unique_ptr<Child>> start_guarded(const ChildSpec& spec);
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  bool ending_ = false;
  std::thread thread_;
  std::shared_ptr<Guardian> guardian_;  // Of that thread.
};

}  // namespace cloudkit::inline v0::local::functions

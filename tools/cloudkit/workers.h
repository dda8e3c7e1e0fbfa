#pragma once

#include <cloudkit/result.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace cloudkit::tool {

/// Of --jobs. Errors: `invalid_argument`.
Status check_jobs(int jobs);

/// Runs tasks on a few threads. What hands them in waits when it is far ahead, so that memory
/// stays flat however many there are.
class Workers {
 public:
  explicit Workers(int threads);
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  ~Workers() { finish(); }

  void run(std::function<void()> task);
  /// Waits for all of them. The last call.
  void finish();

 private:
  void work();

  const std::size_t most_waiting_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  bool finished_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace cloudkit::tool

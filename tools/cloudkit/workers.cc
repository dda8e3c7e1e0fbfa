#include "workers.h"

namespace cloudkit::tool {

Status check_jobs(int jobs) {
  if (jobs >= 1 && jobs <= 256) return {};
  return Error(ErrorCode::invalid_argument, "--jobs must be from 1 to 256");
}

Workers::Workers(int threads) : most_waiting_(static_cast<std::size_t>(threads) * 4) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

void Workers::run(std::function<void()> task) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return waiting_.size() < most_waiting_; });
  waiting_.push_back(std::move(task));
  changed_.notify_all();
}

void Workers::finish() {
  {
    const std::scoped_lock lock(mutex_);
    finished_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Workers::work() {
  while (true) {
    std::function<void()> task;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return finished_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      task = std::move(waiting_.front());
      waiting_.pop_front();
    }
    changed_.notify_all();
    task();
  }
}

}  // namespace cloudkit::tool

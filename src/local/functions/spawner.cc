#include "local/functions/spawner.h"

#include "core/fail.h"
#include "core/start_thread.h"

#include <utility>

namespace cloudkit::inline v0::local::functions {

Spawner::~Spawner() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Result<std::unique_ptr<Child>> Spawner::start(const ChildSpec& spec) {
  Task task([this, &spec] { return start_guarded(spec); });
  auto started = task.get_future();
  {
    const std::scoped_lock lock(mutex_);
    const Status running = thread_.joinable() ? Status() : core::start_thread(thread_, [this] { work(); });
    if (!running) return running.error();
    tasks_.push_back(std::move(task));
  }
  changed_.notify_all();
  return started.get();
}

Result<std::unique_ptr<Child>> Spawner::start_guarded(const ChildSpec& spec) {
  if (guardian_ == nullptr) {
    auto guardian = Guardian::start();
    if (!guardian) return core::fail(ErrorCode::unavailable, "start a guardian: " + guardian.error().message);
    guardian_ = *std::move(guardian);
  }
  auto child = Child::start(spec);
  if (!child) return child;
  guardian_->watch((*child)->pid());
  (*child)->on_end([guardian = guardian_](pid_t group) { guardian->release(group); });
  return child;
}

void Spawner::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ending_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
    lock.lock();
  }
}

}  // namespace cloudkit::inline v0::local::functions

#include "http/curl_pool.h"

#include "http/bounded_limit.h"

#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace cloudkit::inline v0::http {

CurlPool::CurlPool(std::chrono::seconds max_idle) : max_idle_(bounded(max_idle)), owner_(::getpid()) {}

CurlPool::~CurlPool() {
  if (registered_) unregister_holder(this);
  abandon_inherited(::getpid());
}

// After fork the connections are the parent's: two processes on one would read each other's
// replies, and closing one by TLS's rules would close the parent's. So they are leaked.
void CurlPool::abandon_inherited(pid_t self) {
  if (std::exchange(owner_, self) == self) return;
  for (Idle& idle : idle_) {
    [[maybe_unused]] const CurlHandle* const leaked = idle.handle.release();
  }
  idle_.clear();
}

std::unique_ptr<CurlHandle> CurlPool::take(const std::string& key) {
  const pid_t self = ::getpid();
  const std::lock_guard lock(mutex_);
  abandon_inherited(self);
  const auto last = std::find_if(idle_.rbegin(), idle_.rend(), [&](const Idle& idle) { return idle.key == key; });
  if (last == idle_.rend()) return nullptr;
  auto handle = std::move(last->handle);
  idle_.erase(std::next(last).base());
  return handle;
}

void CurlPool::put_back(std::string key, std::unique_ptr<CurlHandle> handle) {
  const auto now = Clock::now();
  const pid_t self = ::getpid();
  std::vector<Idle> expired;  // Destroyed after the lock: closing a connection takes a while.
  bool is_first = false;
  {
    const std::lock_guard lock(mutex_);
    abandon_inherited(self);
    idle_.push_back({std::move(key), std::move(handle), now});
    auto keep =
        std::find_if(idle_.begin(), idle_.end(), [&](const Idle& idle) { return now - idle.since <= max_idle_; });
    if (idle_.end() - keep > static_cast<std::ptrdiff_t>(kMaxIdleHandles)) keep = idle_.end() - kMaxIdleHandles;
    expired.assign(std::move_iterator(idle_.begin()), std::move_iterator(keep));
    idle_.erase(idle_.begin(), keep);
    is_first = !std::exchange(registered_, true);
  }
  if (is_first) register_holder(this);
}

void CurlPool::forget(const std::string& key) {
  std::vector<Idle> dead;
  const pid_t self = ::getpid();
  const std::lock_guard lock(mutex_);
  abandon_inherited(self);
  const auto others =
      std::stable_partition(idle_.begin(), idle_.end(), [&](const Idle& idle) { return idle.key != key; });
  dead.assign(std::move_iterator(others), std::move_iterator(idle_.end()));
  idle_.erase(others, idle_.end());
}

void CurlPool::close_idle() {
  std::vector<Idle> closing;
  const pid_t self = ::getpid();
  const std::lock_guard lock(mutex_);
  abandon_inherited(self);
  closing.swap(idle_);
}

}  // namespace cloudkit::inline v0::http

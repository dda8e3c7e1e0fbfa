#include "local/functions/worker_pool.h"

#include "core/fail.h"

#include <utility>

namespace cloudkit::inline v0::local::functions {
namespace {

// How soon a caller that queues sees that its context has ended.
constexpr std::chrono::milliseconds kLookAtContext{50};

}  // namespace

WorkerPools::Lease::Lease(Lease&& other) noexcept
    : instance(std::move(other.instance)),
      pools_(std::exchange(other.pools_, nullptr)),
      key_(std::move(other.key_)),
      keep_(other.keep_) {}

WorkerPools::Lease::~Lease() {
  if (pools_ == nullptr) return;
  if (!keep_) instance.reset();  // Here, since its end takes a moment.
  pools_->release(key_, std::move(instance));
}

Result<WorkerPools::Lease> WorkerPools::acquire(const std::string& key, int limit, WhenBusy when_busy,
                                                const Context& context) {
  std::unique_lock lock(mutex_);
  while (true) {
    if (closed_) return core::fail(ErrorCode::unavailable, "the function runtime is being closed");
    if (auto status = context.check(); !status) return status.error();
    Pool& pool = pools_[key];
    if (!pool.idle.empty() || pool.busy < limit) {
      Lease lease(this, key);
      ++pool.busy;
      if (pool.idle.empty()) return lease;
      lease.instance = std::move(pool.idle.back().instance);
      pool.idle.pop_back();
      return lease;
    }
    if (when_busy == WhenBusy::refuse) {
      return core::fail(ErrorCode::throttled, "as many invocations run as the function's max_concurrency lets through");
    }
    changed_.wait_for(lock, kLookAtContext);
  }
}

void WorkerPools::release(const std::string& key, std::unique_ptr<Instance> instance) {
  {
    const std::scoped_lock lock(mutex_);
    Pool& pool = pools_[key];
    --pool.busy;
    if (instance && !closed_ && !pool.retired) pool.idle.push_back({std::move(instance), Clock::now()});
    if (pool.busy == 0 && pool.idle.empty()) pools_.erase(key);
  }
  changed_.notify_all();
}

void WorkerPools::retire(std::string_view prefix, std::string_view key) {
  std::vector<Idle> ending;  // Ends after the lock.
  const std::scoped_lock lock(mutex_);
  for (auto it = pools_.begin(); it != pools_.end();) {
    Pool& pool = it->second;
    if (!it->first.starts_with(prefix) || it->first == key) {
      ++it;
      continue;
    }
    pool.retired = true;
    for (Idle& idle : pool.idle) ending.push_back(std::move(idle));
    pool.idle.clear();
    it = pool.busy == 0 ? pools_.erase(it) : std::next(it);
  }
}

void WorkerPools::reap(Clock::duration longest_idle) {
  std::vector<Idle> ending;
  const auto before = Clock::now() - longest_idle;
  const std::scoped_lock lock(mutex_);
  for (auto it = pools_.begin(); it != pools_.end();) {
    std::vector<Idle>& idle = it->second.idle;
    // The longest idle ones are first.
    while (!idle.empty() && idle.front().since <= before) {
      ending.push_back(std::move(idle.front()));
      idle.erase(idle.begin());
    }
    it = it->second.busy == 0 && idle.empty() ? pools_.erase(it) : std::next(it);
  }
}

void WorkerPools::close() {
  std::vector<Idle> ending;
  {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
    for (auto& [key, pool] : pools_) {
      for (Idle& idle : pool.idle) ending.push_back(std::move(idle));
      pool.idle.clear();
    }
  }
  changed_.notify_all();
}

bool WorkerPools::empty() const {
  const std::scoped_lock lock(mutex_);
  return pools_.empty();
}

}  // namespace cloudkit::inline v0::local::functions

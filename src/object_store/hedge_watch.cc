#include "object_store/hedge_watch.h"

#include <algorithm>
#include <exception>

namespace cloudkit::inline v0::object_store {

HedgeWatch::~HedgeWatch() {
  {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void HedgeWatch::enter(Read& read) {
  const std::scoped_lock lock(mutex_);
  plan_.began();
  const auto patience = plan_.patience();
  if (!patience) return;
  if (!thread_.joinable()) {
    try {
      thread_ = std::thread([this] { watch(); });
    } catch (const std::exception&) {  // No thread, no help.
      return;
    }
  }
  reads_.push_back(&read);
  // It wakes for an older read earlier, as a rule, and then sees this one.
  if (Clock::now() + *patience < wakes_) changed_.notify_one();
}

void HedgeWatch::leave(Read& read, std::optional<HedgePlan::Duration> silence) {
  const std::scoped_lock lock(mutex_);
  if (const auto found = std::find(reads_.begin(), reads_.end(), &read); found != reads_.end()) reads_.erase(found);
  if (silence) plan_.answered(*silence);
}

void HedgeWatch::won() {
  const std::scoped_lock lock(mutex_);
  plan_.won();
}

HedgeCounts HedgeWatch::counts() const {
  const std::scoped_lock lock(mutex_);
  return plan_.counts();
}

void HedgeWatch::watch() {
  std::unique_lock lock(mutex_);
  while (!ended_) {
    const auto now = Clock::now();
    wakes_ = kNever;
    std::erase_if(reads_, [&](Read* read) {
      const auto again = read->look(now, plan_);
      wakes_ = std::min(wakes_, again);
      return again == kNever;
    });
    if (wakes_ == kNever) {
      changed_.wait(lock);
    } else {
      changed_.wait_until(lock, wakes_);
    }
  }
}

}  // namespace cloudkit::inline v0::object_store

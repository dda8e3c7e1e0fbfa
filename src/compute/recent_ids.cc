#include "compute/recent_ids.h"

#include <algorithm>

namespace cloudkit::inline v0::compute {

void RecentIds::add(std::string_view id, Clock::time_point now) {
  const std::scoped_lock lock(mutex_);
  if (made_.size() >= kMost) {
    std::erase_if(made_, [&](const auto& entry) { return now - entry.second >= kRecent; });
  }
  if (made_.size() >= kMost) {
    made_.erase(
        std::min_element(made_.begin(), made_.end(), [](const auto& a, const auto& b) { return a.second < b.second; }));
  }
  made_.insert_or_assign(std::string(id), now);
}

void RecentIds::forget(std::string_view id) {
  const std::scoped_lock lock(mutex_);
  if (const auto found = made_.find(id); found != made_.end()) made_.erase(found);
}

RecentIds::Clock::duration RecentIds::left(std::string_view id, Clock::time_point now) const {
  const std::scoped_lock lock(mutex_);
  const auto found = made_.find(id);
  if (found == made_.end()) return Clock::duration::zero();
  return std::max(kRecent - (now - found->second), Clock::duration::zero());
}

}  // namespace cloudkit::inline v0::compute

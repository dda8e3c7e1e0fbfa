#pragma once

#include "local/functions/async_queue.h"

#include <optional>

namespace cloudkit::inline v0::local::functions {

/// Fires schedules. Of the programs that share a directory, one does so at a time, until it ends. One thread at a time.
class Scheduler {
 public:
  Scheduler(const DirectoryStore& store, AsyncQueue& queue) : store_(&store), queue_(&queue) {}

  /// Whatever became due since the last call, once; what became due before the first does not fire.
  void tick(core::TimePoint now);

 private:
  void fire_due(const Schedule& schedule, core::TimePoint since, core::TimePoint now);

  const DirectoryStore* store_;
  AsyncQueue* queue_;
  FileLock lock_;
  std::optional<core::TimePoint> last_;
};

}  // namespace cloudkit::inline v0::local::functions

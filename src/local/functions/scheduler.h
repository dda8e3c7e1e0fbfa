#pragma once

#include "local/functions/async_queue.h"

#include <optional>

namespace cloudkit::inline v0::local::functions {

/// Fires schedules. Of the programs that share a directory, one does so at a time, until it ends. One thread at a time.
class Scheduler {
 public:
  Scheduler(const DirectoryStore& store, AsyncQueue& queue) : store_(&store), queue_(&queue) {}

  /// Whatever became due since the last call, once; what became due before the first does not fire, unless another
  /// program's last call was in this minute or in the one before.
  void tick(core::TimePoint now);
  /// Another program may go on, at once.
  void release() { lock_.release(); }

 private:
  void take_over(core::TimePoint now);
  void store_last();
  void fire_all(core::TimePoint since, core::TimePoint now);
  void fire_due(const Schedule& schedule, core::TimePoint since, core::TimePoint now);

  const DirectoryStore* store_;
  AsyncQueue* queue_;
  FileLock lock_;
  std::optional<core::TimePoint> last_;
};

}  // namespace cloudkit::inline v0::local::functions

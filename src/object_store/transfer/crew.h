#pragma once

#include "object_store/transfer/pace.h"

#include <cloudkit/context.h>
#include <cloudkit/result.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace cloudkit::inline v0::object_store {

/// Does the tasks of one transfer on this thread and, while that helps, on some more. The first
/// error ends it: it cancels the tasks that run, and `run` returns when the last one has ended.
/// What a throttled task could not do is tried again with fewer workers.
class Crew {
 public:
  /// Returns how many bytes it moved.
  using Task = std::function<Result<std::uint64_t>(std::uint64_t index, const Context& context)>;
  /// The next task; nothing when none is left. Called by one thread at a time.
  using Next = std::function<std::optional<std::uint64_t>()>;

  Crew(int most_workers, const Context& context, Next next, Task task);
  /// For tasks that come one by one, by `add`.
  Crew(int most_workers, const Context& context, Task task);
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  ~Crew() { stop(); }

  /// Works until nothing is left; nothing is added any more. An exception of a task ends the crew like an error, and is
  /// thrown here.
  Status run();
  /// Starts the others, while this thread does something else first; then `run`.
  void start();
  /// One task more, which a thread of the crew takes while this one goes on. With one worker, or where the
  /// machine has no thread to give, it is done here and now.
  void add(std::uint64_t index);
  /// Waits while more tasks are under way than there are workers. False: the crew has failed, and `run` says why.
  bool wait_for_room();
  /// Waits until `done`, which the end of some task makes true. False: as above.
  bool wait_until(const std::function<bool()>& done);
  /// Cancels `other`, too, as soon as the crew has failed. Before `start`.
  void take_along(Context other) { other_ = std::move(other); }
  /// As many as the pace allows now.
  int workers() const;
  bool failed() const;
  /// Cancels what runs and waits for its end.
  void stop();

 private:
  void work(bool own_thread);
  std::optional<std::uint64_t> claim(bool own_thread);
  std::optional<std::uint64_t> take();
  void attempt(std::uint64_t index);
  void settle(std::uint64_t index, const Result<std::uint64_t>& done);
  void cancel_all() const;
  void hire();
  int seats() const;
  bool has_failed() const { return error_ || thrown_; }
  void join();

  const int most_workers_;
  const Context context_;  // A child of the caller's: cancelled when a task fails.
  Context other_;          // So is this.
  const Next next_;
  const Task task_;
  mutable std::mutex mutex_;
  std::condition_variable ended_;    // A task has.
  std::condition_variable offered_;  // Something to do, or the end.
  bool fed_ = false;                 // More tasks may be added; threads wait for them.
  Pace pace_;
  std::vector<std::thread> threads_;
  int hired_ = 0;                      // Threads of `threads_` that have not ended.
  int running_ = 0;                    // Tasks.
  std::deque<std::uint64_t> waiting_;  // Added, or to be done again.
  int throttled_ = 0;                  // In a row.
  std::optional<Error> error_;
  std::exception_ptr thrown_;
};

/// The usual crew: tasks 0 to `count` - 1.
Status for_each_part(std::uint64_t count, int most_workers, const Context& context, const Crew::Task& task);

/// What the caller asked for, or the usual number.
int workers_for(int asked) noexcept;

}  // namespace cloudkit::inline v0::object_store

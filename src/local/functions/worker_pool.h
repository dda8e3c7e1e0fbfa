#pragma once

#include "local/functions/code_directory.h"
#include "local/functions/worker.h"

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace cloudkit::inline v0::local::functions {

/// A program with the code that it runs.
struct Instance {
  CodeUse code;
  std::unique_ptr<Worker> worker;
};

enum class WhenBusy { wait, refuse };

/// Programs that wait for their next invocation, and how many there may be at once. Thread-safe.
class WorkerPools {
 public:
  using Clock = Context::Clock;

  /// The right to run one invocation; ends with it.
  class Lease {
   public:
    Lease(Lease&& other) noexcept;
    Lease& operator=(Lease&&) = delete;
    ~Lease();
    /// A warm program; empty: start one.
    std::unique_ptr<Instance> instance = {};
    /// Its program can take another invocation.
    void keep() noexcept { keep_ = true; }

   private:
    friend class WorkerPools;
    Lease(WorkerPools* pools, std::string key) : pools_(pools), key_(std::move(key)) {}
    WorkerPools* pools_;
    std::string key_;
    bool keep_ = false;
  };

  /// While `limit` invocations of `key` run it waits, or is `throttled`. Errors: `unavailable` once it is closed, those
  /// of the context.
  Result<Lease> acquire(const std::string& key, int limit, WhenBusy when_busy, const Context& context);
  /// Ends the programs whose keys begin with `prefix`, but those of `key`: the idle ones now, others when they are.
  void retire(std::string_view prefix, std::string_view key = {});
  /// Ends those that were idle for longer.
  void reap(Clock::duration longest_idle);
  /// Ends all that are idle, and lets none in any more.
  void close();
  bool empty() const;

 private:
  struct Idle {
    std::unique_ptr<Instance> instance;
    Clock::time_point since;
  };
  struct Pool {
    std::vector<Idle> idle;
    int busy = 0;
    bool retired = false;
  };
  void release(const std::string& key, std::unique_ptr<Instance> instance);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Pool> pools_;
  bool closed_ = false;
};

}  // namespace cloudkit::inline v0::local::functions

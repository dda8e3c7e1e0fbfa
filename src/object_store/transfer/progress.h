#pragma once

#include <cloudkit/object_types.h>

#include <chrono>
#include <mutex>

namespace cloudkit::inline v0::object_store {

/// Counts the bytes of one transfer and tells them to the caller, not more often than a person can
/// read. Thread-safe.
class ProgressMeter {
 public:
  ProgressMeter(const TransferOptions& options, std::uint64_t total) : report_(options.progress), total_(total) {}

  void add(std::uint64_t bytes);
  /// What was counted comes once more; until there is more of it than before nothing is told.
  void restart();
  std::uint64_t total() const noexcept { return total_; }
  /// Of what has no end yet: this much is known to come.
  void expect(std::uint64_t total);
  /// The transfer has succeeded.
  void finish();

 private:
  void report_locked(std::chrono::steady_clock::time_point now);

  const std::function<void(const TransferProgress&)>& report_;
  std::uint64_t total_;
  std::mutex mutex_;
  std::uint64_t bytes_ = 0;
  std::uint64_t told_ = 0;
  std::chrono::steady_clock::time_point last_ = {};
};

}  // namespace cloudkit::inline v0::object_store

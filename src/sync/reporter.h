#pragma once

#include <cloudkit/sync.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0::syncing {

/// Tells the caller what happens, one call at a time, and keeps count of it. Thread-safe.
class Reporter {
 public:
  Reporter(const std::function<void(const SyncEvent&)>& event, const std::function<void(const SyncProgress&)>& progress)
      : event_(event), progress_(progress) {}

  void tell(SyncAction action, std::string_view key, std::uint64_t size, const Error* error = nullptr);
  /// What is no object: a symbolic link. Neither it nor what it leads to is copied.
  void pass_over(std::string_view key, std::string_view what);
  void fail(std::string_view key, const Error& error);
  /// So much more is to be done.
  void expect(std::uint64_t objects, std::uint64_t bytes);
  void add(std::uint64_t objects, std::uint64_t bytes);
  /// The last word.
  void finish();

  std::uint64_t failed() const;
  /// For the report, once.
  std::vector<SyncFailure> take_failures();

 private:
  void show(bool always);

  const std::function<void(const SyncEvent&)>& event_;
  const std::function<void(const SyncProgress&)>& progress_;
  mutable std::mutex mutex_;
  std::chrono::steady_clock::time_point shown_ = {};
  SyncProgress state_;
  std::uint64_t failed_ = 0;
  std::vector<SyncFailure> failures_;
};

/// Whether every other object would meet it, too: no right to be there, no time left. A `timeout` of the transport,
/// while the caller's `context` has time, is one object's.
bool ends_all(const Error& error, const Context& context);

/// Objects in a row for which nobody was there. Thread-safe.
class Outage {
 public:
  /// Of each object. True: it is the network that is gone, not an object.
  bool is_total(const Status& status) noexcept;

 private:
  std::atomic<int> in_a_row_{0};
};

}  // namespace cloudkit::inline v0::syncing

#pragma once

#include <cloudkit/result.h>

#include <chrono>
#include <memory>
#include <optional>
#include <version>
#ifdef __cpp_lib_jthread
#include <stop_token>
#endif

namespace cloudkit::inline v0 {

/// A deadline and a way to cancel, carried by every options struct. Copies share their
/// cancellation. Thread-safe. The default one has no deadline and is never cancelled.
class CLOUDKIT_API Context {
 public:
  using Clock = std::chrono::steady_clock;  ///< Deadlines do not move when the time of day is set.

  Context() noexcept;
  Context(const Context&) noexcept;
  Context(Context&&) noexcept;
  Context& operator=(const Context&) noexcept;
  Context& operator=(Context&&) noexcept;
  ~Context();
#ifdef __cpp_lib_jthread
  /// Cancelled when `stop` is requested.
  Context(std::stop_token stop);  // NOLINT(google-explicit-constructor)
#endif

  /// Can be cancelled; has no deadline.
  static Context cancellable();
  /// A deadline from now on; one in the past has passed. Can be cancelled, too.
  static Context with_timeout(Clock::duration timeout);
  /// A deadline. Can be cancelled, too.
  static Context with_deadline(Clock::time_point deadline);

  /// Cancelled with its parent, or alone. Keeps the parent's deadline.
  Context child() const;
  /// As `child`, with the earlier of the two deadlines.
  Context child_with_timeout(Clock::duration timeout) const;

  /// Wakes every wait of this context, its copies and its children. Safe in a signal handler.
  /// Nothing happens on a context that cannot be cancelled (`Context{}`).
  void cancel() const noexcept;

  /// Whether it, or a parent, was cancelled; passing the deadline is no cancellation.
  bool cancelled() const noexcept;
  std::optional<Clock::time_point> deadline() const noexcept;  ///< Nothing: there is none.
  /// What is left until the deadline, at most `limit`, never below zero.
  Clock::duration remaining(Clock::duration limit) const noexcept;
  /// Errors: `cancelled`, `timeout`.
  Status check() const;
  /// Sleeps. Errors: as `check`, as soon as either happens.
  Status wait_for(Clock::duration duration) const;

 private:
  friend struct ContextAccess;
  struct State;
  std::shared_ptr<State> state_;
  Clock::time_point deadline_ = (Clock::time_point::max)();  // windows.h has a macro max
};

}  // namespace cloudkit::inline v0

#pragma once

#include <cloudkit/context.h>
#include <cloudkit/error.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string_view>

/// How a handle waits for what will pass.
namespace cloudkit::inline v0::core {

using Duration = Context::Clock::duration;

/// At least nothing, and no more than a clock can hold.
inline Duration as_limit(std::chrono::seconds limit) {
  constexpr std::chrono::seconds kCentury = std::chrono::hours(24) * 36525;
  return std::clamp(limit, std::chrono::seconds(0), kCentury);
}

/// Where waits take their time from: a handle's hooks.
struct Timer {
  std::function<Context::Clock::time_point()> now = {};
  std::function<Status(const Context&, Duration)> wait = {};
  std::function<double()> jitter = {};  ///< 0 to 1: how much of its last quarter a wait goes without. Empty: none.
};

/// Waits that double, up to a longest, until a limit has passed.
class Pacing {
 public:
  /// Keeps a reference to the context.
  Pacing(Timer timer, const Context& context, Duration limit, Duration first, Duration longest);

  /// Nothing is left of the limit.
  bool expired() const { return timer_.now() >= end_; }
  Duration limit() const { return limit_; }
  bool context_ended() const { return !context_.check(); }
  /// Sleeps, never beyond the limit. Errors: those of the context.
  Status pause();
  /// Begins with the shortest wait again.
  void hasten() { next_ = first_; }

 private:
  Timer timer_;
  const Context& context_;
  Duration limit_;
  Duration first_;
  Duration longest_;
  Duration next_;
  Context::Clock::time_point end_;
};

/// `call()`, and again while `patience` has any: its `pause(error)` says by success to call again, else what to answer.
template <class Patience, class Call>
auto insist(Patience& patience, Call call) -> decltype(call()) {
  while (true) {
    auto result = call();
    if (result) return result;
    if (auto again = patience.pause(result.error()); !again) return std::move(again).error();
  }
}

/// `ended` is a context's error: what the wait was for is added.
Error while_waiting(Error ended, std::string_view what);
/// What came for all of `limit`; `hint` where it has none.
Error gave_up(Error error, Duration limit, std::string_view hint);

}  // namespace cloudkit::inline v0::core

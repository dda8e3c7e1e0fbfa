#pragma once

#include <cloudkit/bandwidth_limit.h>
#include <cloudkit/context.h>

#include <cstddef>
#include <functional>

namespace cloudkit::inline v0 {

/// For code that moves bytes.
struct BandwidthAccess {
  /// What time it is, and how to let it pass: tests have a clock of their own.
  struct Time {
    std::function<Context::Clock::time_point()> now;
    std::function<Status(const Context&, Context::Clock::duration)> wait;
  };
  static BandwidthLimit make(std::uint64_t rate, Time time);

  /// The most to ask `wait_for` for; without a limit no bound at all.
  static std::size_t piece(const BandwidthLimit& limit) noexcept;
  /// Waits until `bytes`, at most a piece, may go. Errors: those of the context; the bytes are others' then.
  static Status wait_for(const BandwidthLimit& limit, std::size_t bytes, const Context& context);
};

}  // namespace cloudkit::inline v0

#pragma once

#include <cloudkit/driver/http.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace cloudkit::inline v0::http {

/// How far an exchange has come.
enum class Stage { resolving, connecting, tunneling, securing, sending, waiting, receiving };
/// "connecting to HOST": what the transport was doing, for messages. `proxy` may be "".
std::string describe(Stage stage, std::string_view host, std::string_view proxy = {});

/// Tells when an exchange is too slow in its present stage. The clock is passed in. libcurl's
/// own low-speed limit counts the time in which a service thinks, which has a longer limit.
class ProgressWatch {
 public:
  using Clock = std::chrono::steady_clock;

  /// `streamed`: the stall limit is a rate. Else any byte counts: services keep long answers
  /// alive by a blank now and then.
  ProgressWatch(const TransportOptions& options, bool streamed, Clock::time_point now);

  /// `moved` is how many bytes went either way so far.
  bool overdue(Stage stage, std::uint64_t moved, Clock::time_point now);
  /// When `overdue` may become true, if nothing happens.
  Clock::time_point due() const noexcept { return limit_ > max_ - since_ ? max_ : since_ + limit_; }
  Clock::duration limit() const noexcept { return limit_; }

 private:
  static constexpr Clock::time_point max_ = Clock::time_point::max();

  const Clock::duration first_byte_timeout_;
  const Clock::duration stall_timeout_;
  const std::uint64_t bytes_per_window_;
  Stage stage_ = Stage::resolving;
  Clock::duration limit_ = Clock::duration::max();  // libcurl minds the connect timeout.
  Clock::time_point since_;
  std::uint64_t moved_ = 0;
};

}  // namespace cloudkit::inline v0::http

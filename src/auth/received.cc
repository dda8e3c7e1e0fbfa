#include "auth/received.h"

#include <chrono>

namespace cloudkit::inline v0::auth {
namespace {

// Less is the network's delay and the second that Date is rounded to.
constexpr std::chrono::minutes kSuspiciousSkew{4};

// The clock's own nanoseconds overflow between times that a reply may name.
std::chrono::seconds seconds_of(core::TimePoint time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch();
}

}  // namespace

core::TimePoint by_our_clock(core::TimePoint time, const http::Headers& reply, core::TimePoint now) {
  const core::TimePoint sent = core::parse_http_date(reply.get("date")).value_or(now);
  const std::chrono::seconds skew = seconds_of(sent) - seconds_of(now);
  if (std::chrono::abs(skew) <= kSuspiciousSkew) return time;
  return core::from_unix((seconds_of(time) - skew).count(), 0);
}

}  // namespace cloudkit::inline v0::auth

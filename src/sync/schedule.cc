#include "core/fail.h"
#include "core/log.h"
#include "core/time.h"

#include <cloudkit/sync.h>

#include <algorithm>
#include <ctime>

namespace cloudkit::inline v0 {
namespace {

using std::chrono::system_clock;

// A machine that slept, or a clock that was set, is seen within this.
constexpr auto kLongestWait = std::chrono::seconds(20);

bool in_zone(std::time_t time, TimeZone zone, std::tm& out) {
  return (zone == TimeZone::utc ? ::gmtime_r(&time, &out) : ::localtime_r(&time, &out)) != nullptr;
}

std::time_t time_in_zone(std::tm parts, TimeZone zone) {
  // The library finds out whether it is summer then.
  parts.tm_isdst = -1;
  return zone == TimeZone::utc ? ::timegm(&parts) : ::mktime(&parts);
}

std::optional<TimePoint> next_daily(TimePoint after, int hour, int minute, TimeZone zone) {
  std::tm day{};
  if (!in_zone(system_clock::to_time_t(after), zone, day)) return std::nullopt;
  // From the day before, since a zone may have been east of this one's date.
  for (int offset = -1; offset <= 2; ++offset) {
    std::tm wanted{};
    wanted.tm_year = day.tm_year;
    wanted.tm_mon = day.tm_mon;
    wanted.tm_mday = day.tm_mday + offset;
    wanted.tm_hour = hour;
    wanted.tm_min = minute;
    const TimePoint time = system_clock::from_time_t(time_in_zone(wanted, zone));
    if (time > after) return time;
  }
  return std::nullopt;
}

}  // namespace

Result<NextTime> daily_at(int hour, int minute, TimeZone zone) {
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) {
    return core::invalid_argument("it is no time of day", "write 00:00 to 23:59");
  }
  return NextTime([=](TimePoint after) { return next_daily(after, hour, minute, zone); });
}

Status run_on_schedule(const NextTime& next, const std::function<Status(TimePoint due)>& job, const Context& context) {
  // All that was due until then is done.
  TimePoint done = system_clock::now();
  while (true) {
    const auto due = next(done);
    if (!due) return {};
    core::log(LogLevel::info, "waiting for the next run", {{"time", core::format_rfc3339(*due)}});
    // By short steps of the clock on the wall: the other one stands while a machine sleeps.
    for (auto now = system_clock::now(); now < *due; now = system_clock::now()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*due - now);
      if (auto status = context.wait_for(std::min<Context::Clock::duration>(left, kLongestWait)); !status)
        return status;
    }
    if (auto status = context.check(); !status) return status;
    done = std::max(*due, system_clock::now());
    if (auto status = job(*due); !status) return status;
  }
}

}  // namespace cloudkit::inline v0

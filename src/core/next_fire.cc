#include "core/next_fire.h"

#include "core/encode.h"
#include "core/fail.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <exception>

namespace cloudkit::inline v0::core {
namespace {

using date::local_days;
using date::local_seconds;
using date::sys_seconds;
using std::chrono::hours;
using std::chrono::minutes;

// February 29th is at most eight years from the next: 2096 to 2104.
constexpr date::days kHorizon{9 * 366};
// The last day that a TimePoint holds as a whole.
constexpr date::year_month_day kLastDay{date::year(2262), date::April, date::day(10)};
// The tables of tzdata end here. The rule behind them, which is all that there is where tzdata was made with `zic -b
// slim`, the library does not read: from then on it would be winter. https://www.rfc-editor.org/rfc/rfc8536#section-3.3
constexpr date::year_month_day kTablesEnd{date::year(2037), date::December, date::day(31)};

bool tables_reach_far_enough() {
  const auto offset = [](date::month month) {
    const date::year_month_day day(date::year(2037), month, date::day(1));
    return date::locate_zone("Europe/Berlin")->get_info(date::sys_days(day)).offset;
  };
  return offset(date::January) != offset(date::July);
}

bool is_utc(std::string_view name) { return name == "UTC" || name == "Etc/UTC"; }

// Null is UTC, which needs no tzdata. The library throws for what it does not find.
Result<const date::time_zone*> find_zone(std::string_view name) {
  if (is_utc(name)) return nullptr;
  try {
    // Of some systems' tzdata: this machine's zone, whatever it is.
    if (!name.empty() && name != "localtime") return date::locate_zone(name);
  } catch (const std::exception&) {
    try {
      date::locate_zone("Etc/UTC");
    } catch (const std::exception&) {
      return unsupported(fmt::format("time zone {}: this system has no time zones", printable_excerpt(name, 60)),
                         "install tzdata, or use UTC");
    }
  }
  return invalid_argument(fmt::format("\"{}\" is no time zone", printable_excerpt(name, 60)),
                          "a name of IANA's, exactly as it is written there: Europe/Berlin, America/New_York, UTC");
}

// A time that is skipped is the moment of the jump; of one that comes twice the first.
sys_seconds to_sys(const date::time_zone* zone, local_seconds time) {
  const sys_seconds as_utc(time.time_since_epoch());
  if (zone == nullptr) return as_utc;
  const date::local_info info = zone->get_info(time);
  if (info.result == date::local_info::nonexistent) return info.first.end;
  return as_utc - info.first.offset;
}

local_seconds to_local(const date::time_zone* zone, sys_seconds time) {
  const auto offset = zone == nullptr ? std::chrono::seconds(0) : zone->get_info(time).offset;
  return local_seconds(time.time_since_epoch() + offset);
}

// The first one of a day that is later than `after`. Never earlier than the one before, so that the first found is it.
std::optional<sys_seconds> fire_on(const Cron& cron, const date::time_zone* zone, local_days day, sys_seconds after) {
  for (int hour = 0; hour < 24; ++hour) {
    if ((cron.hours >> hour & 1) == 0) continue;
    for (int minute = 0; minute < 60; ++minute) {
      if ((cron.minutes >> minute & 1) == 0) continue;
      const sys_seconds time = to_sys(zone, day + hours(hour) + minutes(minute));
      if (time > after) return time;
    }
  }
  return std::nullopt;
}

Result<std::optional<TimePoint>> search(const Cron& cron, const date::time_zone* zone, TimePoint after) {
  const sys_seconds from = date::floor<std::chrono::seconds>(after);
  const auto first = date::floor<date::days>(to_local(zone, from));
  const auto last = std::min(first + kHorizon, local_days(kLastDay));
  for (auto day = first; day <= last; day += date::days(1)) {
    const date::year_month_day ymd(day);
    const date::weekday weekday(day);
    if (!cron.fires_on(unsigned(ymd.month()), unsigned(ymd.day()), weekday.c_encoding())) continue;
    if (zone != nullptr && ymd > kTablesEnd) {
      return unsupported(fmt::format("time zone {}: nothing is known about it after 2037", zone->name()),
                         "UTC goes on");
    }
    if (const auto time = fire_on(cron, zone, day, from)) return std::optional<TimePoint>(*time);
  }
  return std::optional<TimePoint>();
}

}  // namespace

Status check_time_zone(std::string_view name) {
  auto zone = find_zone(name);
  if (!zone) return std::move(zone).error();
  return {};
}

Result<std::optional<TimePoint>> next_fire(const Cron& cron, std::string_view time_zone, TimePoint after) {
  const auto zone = find_zone(time_zone);
  if (!zone) return zone.error();
  try {
    if (*zone != nullptr && !tables_reach_far_enough()) {
      return unsupported(fmt::format("time zone {}: this system's tzdata was made without tables", time_zone),
                         "install tzdata as `zic -b fat` makes it, which Debian does, or use UTC");
    }
    return search(cron, *zone, after);
  } catch (const std::exception& broken) {  // A file of tzdata that cannot be read is found out when it is used.
    return unsupported(fmt::format("time zone {}: {}", time_zone, printable_excerpt(broken.what(), 200)),
                       "reinstall tzdata, or use UTC");
  }
}

}  // namespace cloudkit::inline v0::core

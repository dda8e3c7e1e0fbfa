#include "core/next_fire.h"
#include "core/time.h"

#include <cloudkit/function_runtime.h>
#include <cloudkit/object_types.h>
#include <doctest/doctest.h>

#include <cstdlib>
#include <string>
#include <vector>

using namespace cloudkit;

namespace {

TimePoint at(std::string_view text) { return core::parse_rfc3339(text).value(); }

// The next times, or "never".
std::vector<std::string> fires(std::string_view cron, std::string_view zone, std::string_view after, int count = 1) {
  std::vector<std::string> times;
  TimePoint now = at(after);
  for (int i = 0; i < count; ++i) {
    const auto next = next_fire(cron, zone, now);
    REQUIRE_MESSAGE(next, next.error().to_string());
    times.push_back(*next ? core::format_rfc3339(**next) : "never");
    if (!*next) break;
    now = **next;
  }
  return times;
}

using Times = std::vector<std::string>;

}  // namespace

TEST_CASE("the next time is later than the one given") {
  CHECK(fires("0 1 * * *", "UTC", "2026-11-26T00:59:59Z") == Times{"2026-11-26T01:00:00Z"});
  CHECK(fires("0 1 * * *", "UTC", "2026-11-26T01:00:00Z") == Times{"2026-11-27T01:00:00Z"});
  CHECK(fires("0 1 * * *", "UTC", "2026-11-26T00:59:59.999Z") == Times{"2026-11-26T01:00:00Z"});
  CHECK(fires("0 1 * * *", "UTC", "2026-11-26T01:00:00.001Z") == Times{"2026-11-27T01:00:00Z"});
  CHECK(fires("* * * * *", "UTC", "2026-12-31T23:59:00Z", 2) == Times{"2027-01-01T00:00:00Z", "2027-01-01T00:01:00Z"});
}

TEST_CASE("days of week and month") {
  CHECK(fires("30 9 * * mon-fri", "UTC", "2026-11-27T09:30:00Z") == Times{"2026-11-30T09:30:00Z"});
  CHECK(fires("0 0 31 * *", "UTC", "2026-01-31T00:00:00Z", 2) == Times{"2026-03-31T00:00:00Z", "2026-05-31T00:00:00Z"});
  CHECK(fires("0 0 13 * 5", "UTC", "2026-11-12T00:00:00Z", 3) ==
        Times{"2026-11-13T00:00:00Z", "2026-11-20T00:00:00Z", "2026-11-27T00:00:00Z"});
}

TEST_CASE("leap days, and days that never come") {
  CHECK(fires("0 0 29 2 *", "UTC", "2026-11-26T00:00:00Z", 2) == Times{"2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"});
  CHECK(fires("0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z") == Times{"2104-02-29T00:00:00Z"});
  CHECK(fires("0 0 29 2 *", "Europe/Berlin", "2024-03-01T00:00:00Z") == Times{"2028-02-28T23:00:00Z"});
  CHECK(fires("0 0 30 2 *", "UTC", "2026-11-26T00:00:00Z") == Times{"never"});
  CHECK(fires("0 0 30 2 *", "Europe/Berlin", "2036-11-26T00:00:00Z") == Times{"never"});
  CHECK(fires("* * 31 4,6,9,11 *", "Europe/Berlin", "2026-11-26T00:00:00Z") == Times{"never"});
  CHECK(fires("* * * * *", "UTC", "2262-01-01T00:00:00Z") == Times{"2262-01-01T00:01:00Z"});
  CHECK(next_fire("* * * * *", "UTC", TimePoint::max()).value() == std::nullopt);
  CHECK(next_fire("* * * * *", "America/New_York", TimePoint::min()).value() > TimePoint::min());
}

TEST_CASE("a time that the clocks skip fires at the moment of the jump") {
  // 02:00 becomes 03:00.
  CHECK(fires("30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", 3) ==
        Times{"2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"});
  CHECK(fires("30 2 * * *", "America/New_York", "2026-03-07T12:00:00Z", 2) ==
        Times{"2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"});
  // 02:00 becomes 02:30.
  CHECK(fires("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", 2) ==
        Times{"2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"});
  CHECK(fires("*/20 1-3 * * *", "Europe/Berlin", "2026-03-29T00:20:00Z", 4) ==
        Times{"2026-03-29T00:40:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:20:00Z", "2026-03-29T01:40:00Z"});
  // A whole day: December 30th, 2011.
  CHECK(fires("0 12 30 12 *", "Pacific/Apia", "2011-12-29T00:00:00Z", 2) ==
        Times{"2011-12-30T10:00:00Z", "2012-12-29T22:00:00Z"});
}

TEST_CASE("a time that comes twice fires the first time") {
  // 03:00 becomes 02:00.
  CHECK(fires("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2) ==
        Times{"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"});
  CHECK(fires("30 1 * * *", "America/New_York", "2026-10-31T12:00:00Z", 2) ==
        Times{"2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"});
  // 02:00 becomes 01:30.
  CHECK(fires("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T00:00:00Z", 2) ==
        Times{"2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"});
  // Asked in the second pass.
  CHECK(fires("30 2 * * *", "Europe/Berlin", "2026-10-25T01:10:00Z") == Times{"2026-10-26T01:30:00Z"});
  CHECK(fires("*/30 * * * *", "Europe/Berlin", "2026-10-25T00:00:00Z", 3) ==
        Times{"2026-10-25T00:30:00Z", "2026-10-25T02:00:00Z", "2026-10-25T02:30:00Z"});
}

TEST_CASE("zones off the hour, and over the date line") {
  CHECK(fires("0 1 * * *", "Asia/Kathmandu", "2026-11-26T00:00:00Z") == Times{"2026-11-26T19:15:00Z"});
  CHECK(fires("0 1 * * *", "Pacific/Kiritimati", "2026-11-26T00:00:00Z") == Times{"2026-11-26T11:00:00Z"});
  CHECK(fires("0 1 * * *", "Etc/UTC", "2026-11-26T00:00:00Z") == Times{"2026-11-26T01:00:00Z"});
  CHECK(fires("0 1 * * mon", "Pacific/Auckland", "2026-11-26T00:00:00Z") == Times{"2026-11-29T12:00:00Z"});
}

TEST_CASE("where tzdata ends, no time is made up") {
  CHECK(fires("0 12 1 7 *", "Europe/Berlin", "2037-01-01T00:00:00Z") == Times{"2037-07-01T10:00:00Z"});
  CHECK(fires("0 12 1 7 *", "UTC", "2050-01-01T00:00:00Z") == Times{"2050-07-01T12:00:00Z"});
  for (const TimePoint after : {at("2037-07-02T00:00:00Z"), at("2050-01-01T00:00:00Z")}) {
    const auto unknown = next_fire("0 12 1 7 *", "Europe/Berlin", after);
    REQUIRE(!unknown);
    CHECK(unknown.error().code == ErrorCode::unsupported);
    CHECK(unknown.error().message == "time zone Europe/Berlin: nothing is known about it after 2037");
  }
}

TEST_CASE("the machine's own time zone changes nothing") {
  const char* before = std::getenv("TZ");
  const std::string saved = before != nullptr ? before : "";
  for (const char* zone : {"America/New_York", "Asia/Tokyo", "nonsense"}) {
    ::setenv("TZ", zone, 1);
    CHECK(fires("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z") == Times{"2026-03-29T01:00:00Z"});
  }
  before != nullptr ? ::setenv("TZ", saved.c_str(), 1) : ::unsetenv("TZ");
}

TEST_CASE("what is no time zone is refused") {
  for (const char* zone : {"", "Berlin", "europe/berlin", "Europe/Berlin ", "localtime", "../etc/passwd", "posix/UTC",
                           "Europe", "+01:00", "UTC\n", "tzdata.zi"}) {
    CAPTURE(zone);
    const auto refused = next_fire("0 1 * * *", zone, TimePoint());
    REQUIRE(!refused);
    CHECK(refused.error().code == ErrorCode::invalid_argument);
    CHECK(refused.error().message.find("is no time zone") != std::string::npos);
    CHECK(!core::check_time_zone(zone));
  }
  CHECK(core::check_time_zone("Europe/Berlin"));
  CHECK(next_fire("0 1 * *", "UTC", TimePoint()).error().code == ErrorCode::invalid_argument);
}

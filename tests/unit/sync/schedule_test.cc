#include "core/time.h"

#include <cloudkit/sync.h>

#include <doctest/doctest.h>

#include <cstdlib>
#include <ctime>
#include <string>

using namespace cloudkit;
using namespace std::chrono_literals;

namespace {

TimePoint at(const std::string& text) { return core::parse_rfc3339(text).value(); }

// With the rules of a zone written out, so that no tzdata is needed.
struct Zone {
  explicit Zone(const char* rules) {
    if (const char* const old = std::getenv("TZ")) old_ = old;
    ::setenv("TZ", rules, 1);
    ::tzset();
  }
  ~Zone() {
    old_.empty() ? ::unsetenv("TZ") : ::setenv("TZ", old_.c_str(), 1);
    ::tzset();
  }
  std::string old_;
};

std::string after(const NextTime& next, const std::string& text) {
  return core::format_rfc3339(next(at(text)).value());
}

}  // namespace

TEST_CASE("once on every day, UTC") {
  const NextTime next = daily_at(1, 0).value();
  CHECK(after(next, "2026-11-26T00:59:59Z") == "2026-11-26T01:00:00Z");
  CHECK(after(next, "2026-11-26T01:00:00Z") == "2026-11-27T01:00:00Z");
  CHECK(after(next, "2026-12-31T02:00:00Z") == "2027-01-01T01:00:00Z");
  CHECK(after(next, "2028-02-28T02:00:00Z") == "2028-02-29T01:00:00Z");
  for (const auto& [hour, minute] : {std::pair(24, 0), {-1, 0}, {1, 60}, {1, -1}}) {
    CHECK(daily_at(hour, minute).error().code == ErrorCode::invalid_argument);
  }
}

TEST_CASE("once on every day where clocks are changed") {
  const Zone zone("CET-1CEST,M3.5.0,M10.5.0/3");
  const NextTime early = daily_at(1, 0, TimeZone::local).value();
  CHECK(after(early, "2026-11-26T00:00:00Z") == "2026-11-27T00:00:00Z");
  CHECK(after(early, "2026-07-01T12:00:00Z") == "2026-07-01T23:00:00Z");
  // 02:30 is skipped on 29 March, and comes twice on 25 October: once on each of these days.
  const NextTime skipped = daily_at(2, 30, TimeZone::local).value();
  int runs = 0;
  for (TimePoint time = at("2026-03-27T12:00:00Z"); time < at("2026-04-01T12:00:00Z"); time = skipped(time).value())
    ++runs;
  CHECK(runs == 6);
  runs = 0;
  for (TimePoint time = at("2026-10-23T12:00:00Z"); time < at("2026-10-28T12:00:00Z"); time = skipped(time).value())
    ++runs;
  CHECK(runs == 6);
}

TEST_CASE("far from Greenwich the date is another one") {
  const Zone zone("LINT-14");
  const NextTime next = daily_at(0, 30, TimeZone::local).value();
  CHECK(after(next, "2026-11-26T10:00:00Z") == "2026-11-26T10:30:00Z");
  CHECK(after(next, "2026-11-26T11:00:00Z") == "2026-11-27T10:30:00Z");
}

TEST_CASE("a job runs at its times, one call after the other, and times that passed are made up for once") {
  // Every 30 ms; the first job takes longer than that.
  const auto start = std::chrono::system_clock::now();
  int runs = 0;
  const NextTime next = [&](TimePoint now) -> std::optional<TimePoint> {
    if (runs == 3) return std::nullopt;
    const auto steps = (now - start) / 30ms + 1;
    return start + steps * 30ms;
  };
  std::vector<std::int64_t> due;
  TimePoint first_end;
  const Context context = Context::with_timeout(5s);
  const auto status = run_on_schedule(
      next,
      [&](TimePoint time) {
        due.push_back((time - start) / 30ms);
        if (++runs > 1) return Status();
        const Status waited = context.wait_for(200ms);
        first_end = std::chrono::system_clock::now();
        return waited;
      },
      context);
  CHECK(status);
  REQUIRE(due.size() == 3);
  CHECK(due[0] < due[1]);
  // The second was due while the first ran, as were others, for which there is no call of their own.
  CHECK(start + due[1] * 30ms < first_end);
  CHECK(due[2] - due[1] >= 5);
}

TEST_CASE("waiting ends when it is cancelled, and a job's error ends it") {
  const NextTime never = [](TimePoint now) { return std::optional(now + 24h); };
  CHECK(run_on_schedule(
            never, [](TimePoint) { return Status(); }, Context::with_timeout(20ms))
            .error()
            .code == ErrorCode::timeout);
  const NextTime soon = [](TimePoint now) { return std::optional(now + 1ms); };
  CHECK(run_on_schedule(soon, [](TimePoint) { return Status(Error(ErrorCode::io, "full")); }).error().code ==
        ErrorCode::io);
}

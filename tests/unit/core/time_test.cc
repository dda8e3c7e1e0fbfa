#include "core/time.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace std::chrono;

namespace {
const core::TimePoint kRfcExample = sys_days(1994y / 11 / 6) + 8h + 49min + 37s;
}

TEST_CASE("the three forms of an HTTP date are one time") {
  CHECK(core::format_http_date(kRfcExample) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(core::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT") == kRfcExample);
  CHECK(core::parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT") == kRfcExample);
  CHECK(core::parse_http_date("Sun Nov  6 08:49:37 1994") == kRfcExample);
}

TEST_CASE("what is not an HTTP date is refused") {
  for (const char* bad :
       {"", "Sun", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 31 Feb 2026 00:00:00 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 99999 08:49:37 GMT", "Xxx, 06 Nov 1994 08:49:37 GMT",
        "Sun, -6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT "}) {
    CHECK_MESSAGE(!core::parse_http_date(bad), bad);
  }
}

TEST_CASE("RFC 3339 with and without fraction and offset") {
  const core::TimePoint midnight = sys_days(2026y / 1 / 1);
  CHECK(core::parse_rfc3339("2026-01-01T00:00:00Z") == midnight);
  CHECK(core::parse_rfc3339("2026-01-01T00:00:00.000Z") == midnight);
  CHECK(core::parse_rfc3339("2026-01-01T00:00:00.123456789Z") == midnight + 123ms);
  CHECK(core::parse_rfc3339("2026-01-01T01:30:00+01:30") == midnight);
  CHECK(core::parse_rfc3339("2025-12-31T19:00:00-05:00") == midnight);
  CHECK(core::format_rfc3339(midnight) == "2026-01-01T00:00:00Z");
  CHECK(core::format_rfc3339(midnight + 7ms) == "2026-01-01T00:00:00.007Z");
}

TEST_CASE("what is not RFC 3339 is refused") {
  for (const char* bad :
       {"", "2026-01-01", "2026-01-01T00:00:00", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "31/12/99",
        "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00+25:00", "0000-01-01T00:00:00Z", "2026-01-01T00:00:00Zx"}) {
    CHECK_MESSAGE(!core::parse_rfc3339(bad), bad);
  }
}

TEST_CASE("times that the clock cannot hold are its first and last") {
  const core::TimePoint latest = sys_days(2262y / 1 / 1);
  const core::TimePoint earliest = sys_days(1678y / 1 / 1);
  CHECK(core::parse_rfc3339("9999-12-31T23:59:59.999-23:59") == latest + 999ms + 23h + 59min);
  CHECK(core::parse_rfc3339("0001-01-01T00:00:00Z") == earliest);
  CHECK(core::parse_http_date("Fri, 31 Dec 9999 23:59:59 GMT") == latest);
  CHECK(core::parse_amz_date("00010101T000000Z") == earliest);
}

TEST_CASE("a file from the far future has the last time that there is") {
  CHECK(core::from_unix(0, 5'000'000) == core::TimePoint(5ms));
  CHECK(core::format_rfc3339(core::from_unix(13'569'465'600, 0)).substr(0, 4) == "2262");
  CHECK(core::format_rfc3339(core::from_unix(INT64_MIN, 0)).substr(0, 4) == "1678");
}

TEST_CASE("leap days and the turn of the day, in the signers' form") {
  const auto text = [](core::TimePoint time) {
    const auto stamp = core::format_amz_date(time);
    return std::string(stamp.data(), stamp.size());
  };
  CHECK(text(sys_days(2024y / 2 / 29) + 23h + 59min + 59s) == "20240229T235959Z");
  CHECK(text(sys_days(2024y / 3 / 1)) == "20240301T000000Z");
  CHECK(text(sys_days(2013y / 5 / 24)) == "20130524T000000Z");
  CHECK(core::parse_amz_date("20130524T000000Z") == sys_days(2013y / 5 / 24));
  for (const char* bad : {"", "20130524T000000", "2013-05-24T00:00:00Z", "20130532T000000Z"})
    CHECK_FALSE(core::parse_amz_date(bad));
}

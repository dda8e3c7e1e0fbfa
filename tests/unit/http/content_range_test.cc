#include "http/content_range.h"

#include <doctest/doctest.h>

using namespace cloudkit::http;

TEST_CASE("a content range tells the first byte, the last byte and the total") {
  const auto range = parse_content_range("bytes 0-9/100");
  REQUIRE(range);
  REQUIRE(range->span);
  CHECK(range->span->first == 0);
  CHECK(range->span->last == 9);
  CHECK(range->span->length() == 10);
  CHECK(range->total == 100);
}

TEST_CASE("the unit's case does not matter") { CHECK(parse_content_range("Bytes 0-0/1")); }

TEST_CASE("a total may be unknown") {
  const auto range = parse_content_range("bytes 5-5/*");
  REQUIRE(range);
  CHECK(range->span->length() == 1);
  CHECK_FALSE(range->total);
}

TEST_CASE("a refused range tells the total only") {
  const auto range = parse_content_range("bytes */100");
  REQUIRE(range);
  CHECK_FALSE(range->span);
  CHECK(range->total == 100);
}

TEST_CASE("the greatest object that 64 bits can count is read") {
  const auto range = parse_content_range("bytes 0-18446744073709551614/18446744073709551615");
  REQUIRE(range);
  CHECK(range->span->length() == 18446744073709551615U);
}

TEST_CASE("anything else is no content range") {
  for (const char* text : {"",
                           "bytes",
                           "bytes ",
                           "bytes 0-9",
                           "bytes 0-9/",
                           "bytes /9",
                           "bytes -/9",
                           "bytes -1/9",
                           "bytes 0-/9",
                           "bytes 0-9/9",
                           "bytes 9-0/100",
                           "bytes */*",
                           "items 0-9/100",
                           "bytes=0-9/100",
                           "bytes  0-9/100",
                           "bytes 0-9 /100",
                           "bytes 0 - 9/100",
                           "bytes 0-9/100 ",
                           " bytes 0-9/100",
                           "bytes +0-9/100",
                           "bytes 0-9/100/1",
                           "bytes 0-9-10/100",
                           "bytes 0x0-0x9/100",
                           "bytes 0-18446744073709551616/*",
                           "bytes 0-18446744073709551615/*",
                           "bytes 0-9/18446744073709551616",
                           "bytes 0-9/1e3",
                           "bytes 0-9,20-29/100"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_content_range(text));
  }
}

#include "http/object/ranges.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

using namespace cloudkit;
using namespace cloudkit::http;

namespace {

http::Response reply(int status, std::string content_range, std::string content_length) {
  http::Response response;
  response.status = status;
  if (!content_range.empty()) response.headers.add("content-range", content_range);
  if (!content_length.empty()) response.headers.add("content-length", content_length);
  return response;
}

}  // namespace

TEST_CASE("a range becomes a header, and the whole object none") {
  CHECK(range_header(std::nullopt).empty());
  CHECK(range_header(ByteRange{}).empty());
  CHECK(range_header(ByteRange{0, 10}) == "bytes=0-9");
  CHECK(range_header(ByteRange::from(7)) == "bytes=7-");
  CHECK(range_header(ByteRange::suffix(3)) == "bytes=-3");
  CHECK(range_header(ByteRange{5, UINT64_MAX - 1}) == "bytes=5-");
  CHECK(range_header(ByteRange{UINT64_MAX, 1}) == "bytes=18446744073709551615-");
}

TEST_CASE("a range of no bytes is seen as such") {
  CHECK(is_empty_range(ByteRange{5, 0}));
  CHECK(is_empty_range(ByteRange::suffix(0)));
  CHECK_FALSE(is_empty_range(std::nullopt));
  CHECK_FALSE(is_empty_range(ByteRange::suffix(1)));
}

TEST_CASE("the reply says which bytes it holds") {
  const auto middle = extent_of_reply(ByteRange{2, 3}, reply(206, "bytes 2-4/10", "3")).value();
  CHECK(middle.offset == 2);
  CHECK(middle.length == 3);
  CHECK(middle.total == 10);
  CHECK(extent_of_reply(ByteRange{8, 100}, reply(206, "bytes 8-9/10", "2")).value().length == 2);
  CHECK(extent_of_reply(ByteRange::suffix(3), reply(206, "bytes 7-9/10", "3")).value().offset == 7);
  CHECK(extent_of_reply(ByteRange::suffix(30), reply(206, "bytes 0-9/10", "10")).value().length == 10);
  CHECK(extent_of_reply(ByteRange::from(9), reply(206, "bytes 9-9/10", "1")).value().length == 1);
  CHECK(extent_of_reply(std::nullopt, reply(200, "", "0")).value().total == 0);
}

TEST_CASE("trap 17: a range of an empty object may be answered with the whole of it") {
  CHECK(extent_of_reply(ByteRange::suffix(3), reply(200, "", "0")).value().total == 0);
  CHECK_FALSE(extent_of_reply(ByteRange::suffix(3), reply(200, "", "1")));
}

TEST_CASE("a reply with other bytes than those asked for is an error") {
  const ByteRange range{2, 3};
  const std::pair<http::Response, std::string> cases[] = {
      {reply(206, "bytes 0-2/10", "3"), "asked for bytes=2-4, the reply holds 3 bytes of \"bytes 0-2/10\""},
      {reply(206, "bytes 2-3/10", "2"), "asked for bytes=2-4, the reply holds 2 bytes of \"bytes 2-3/10\""},
      {reply(206, "bytes 2-4/10", "4"), "asked for bytes=2-4, the reply holds 4 bytes of \"bytes 2-4/10\""},
      {reply(206, "bytes 2-4/*", "3"), "asked for bytes=2-4, the reply holds 3 bytes of \"bytes 2-4/*\""},
      {reply(206, "bytes */10", "3"), "asked for bytes=2-4, the reply holds 3 bytes of \"bytes */10\""},
      {reply(206, "", "3"), "asked for bytes=2-4, the reply holds 3 bytes of \"\""},
      {reply(206, "bytes 2-4/18446744073709551616", "3"),
       "asked for bytes=2-4, the reply holds 3 bytes of \"bytes 2-4/18446744073709551616\""},
      {reply(200, "", "10"), "asked for bytes=2-4, the reply is 200, not 206"},
      {reply(206, "bytes 2-4/10", ""), "the reply does not say how long the object is"},
      {reply(206, "bytes 2-4/10", "+3"), "the reply does not say how long the object is"},
  };
  for (const auto& row : cases) {
    const auto& response = row.first;
    const auto& message = row.second;
    const auto extent = extent_of_reply(range, response);
    REQUIRE_FALSE_MESSAGE(extent, message);
    CHECK(extent.error().code == ErrorCode::unknown);
    CHECK(extent.error().message == message);
  }
  CHECK(extent_of_reply(std::nullopt, reply(206, "bytes 0-9/10", "10")).error().message ==
        "asked for the whole object, the reply is 206");
  CHECK_FALSE(extent_of_reply(ByteRange::suffix(3), reply(206, "bytes 0-2/10", "3")));
}

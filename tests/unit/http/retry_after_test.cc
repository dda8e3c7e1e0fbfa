#include "http/retry_after.h"

#include "core/time.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::http;
using namespace std::chrono_literals;

namespace {

const auto kNow = core::parse_http_date("Mon, 23 Nov 2026 01:00:00 GMT").value();

std::optional<RetryHint> hint(std::vector<Header> headers, int status = 503) {
  Response reply;
  reply.status = status;
  for (Header& header : headers) reply.headers.add(header.name, header.value);
  return retry_hint(reply, kNow);
}

}  // namespace

TEST_CASE("a reply without a hint has none") { CHECK_FALSE(hint({{"Date", "0"}})); }

TEST_CASE("each service's header is read in its own unit") {
  CHECK(hint({{"x-amz-retry-after", "1500"}})->wait == 1500ms);
  CHECK(hint({{"retry-after-ms", "1234"}})->wait == 1234ms);
  CHECK(hint({{"x-ms-retry-after-ms", "5678"}})->wait == 5678ms);
  CHECK(hint({{"Retry-After", "90"}})->wait == 90s);
}

TEST_CASE("the finer header goes first, and a broken one does not hide the next") {
  CHECK(hint({{"Retry-After", "90"}, {"retry-after-ms", "1"}})->wait == 1ms);
  CHECK(hint({{"Retry-After", "90"}, {"retry-after-ms", "soon"}})->wait == 90s);
}

TEST_CASE("a date is the time until then, by the given clock") {
  CHECK(hint({{"Retry-After", "Mon, 23 Nov 2026 01:00:30 GMT"}})->wait == 30s);
  CHECK(hint({{"Retry-After", "Monday, 23-Nov-26 01:00:30 GMT"}})->wait == 30s);
}

TEST_CASE("a date that has passed counts as absent") {
  CHECK_FALSE(hint({{"Retry-After", "Fri, 31 Dec 1999 23:59:59 GMT"}}));
  CHECK_FALSE(hint({{"Retry-After", "Mon, 23 Nov 2026 01:00:00 GMT"}}));
}

TEST_CASE("what is neither a number nor a date counts as absent") {
  for (const char* text : {"", " ", "-5", "+5", "1.5", "1e3", "5 s", "soon", "0x10"}) {
    CAPTURE(text);
    CHECK_FALSE(hint({{"Retry-After", text}}));
    CHECK_FALSE(hint({{"x-amz-retry-after", text}}));
  }
}

TEST_CASE("a number or date beyond all reason is a day") {
  CHECK(hint({{"Retry-After", "99999999999999999999"}})->wait == 24h);
  CHECK(hint({{"Retry-After", "18446744073709551615"}})->wait == 24h);
  CHECK(hint({{"retry-after-ms", "18446744073709551615"}})->wait == 24h);
  CHECK(hint({{"Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT"}})->wait == 24h);
}

TEST_CASE("only a service that says it is busy is obeyed for a minute") {
  CHECK(hint({{"Retry-After", "90"}}, 503)->longest == 60s);
  CHECK(hint({{"Retry-After", "90"}}, 429)->longest == 60s);
  CHECK(hint({{"Retry-After", "90"}}, 500)->longest == 0s);
  CHECK(hint({{"x-amz-retry-after", "90"}}, 503)->longest == 0s);
}

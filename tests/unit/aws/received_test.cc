#include "aws/credentials/received.h"

#include "environment.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

using namespace cloudkit;
using namespace std::chrono_literals;

namespace {

Credentials received_keys(std::optional<std::chrono::seconds> lifetime = {}) {
  Credentials credentials{"ASIA", "cktest-received-secret-1", "token", {}, {}, {}};
  if (lifetime) credentials.expires = kNow + *lifetime;
  return credentials;
}

// By a service whose clock is `ahead` of this machine's.
Result<Credentials> accept(Credentials received, std::chrono::seconds ahead = 0s) {
  http::Headers headers;
  headers.add("Date", core::format_http_date(kNow + ahead));
  return aws::accept_credentials(std::move(received), "sts.test", headers, kNow);
}

std::string received_problem(const Result<Credentials>& found) {
  REQUIRE_FALSE(found);
  CHECK(found.error().code == ErrorCode::unauthenticated);
  CHECK(found.error().to_string().find("cktest-received-secret-1") == std::string::npos);
  return found.error().message;
}

}  // namespace

TEST_CASE("whole keys are taken as they are") {
  CHECK(accept(received_keys(1h)).value().expires == kNow + 1h);
  CHECK_FALSE(accept(received_keys()).value().expires);
  // Seconds on the way are no wrong clock.
  CHECK(accept(received_keys(1h), 3min).value().expires == kNow + 1h);
}

TEST_CASE("with a clock that is 20 minutes wrong, keys still live as long as the service meant") {
  // Slow: what ends at 02:20 by the service's clock has an hour to live.
  CHECK(accept(received_keys(80min), 20min).value().expires == kNow + 1h);
  // Fast: a session of 15 minutes is not over before it came.
  CHECK(accept(received_keys(-5min), -20min).value().expires == kNow + 15min);
}

TEST_CASE("keys that are over by the clock of who sent them are refused") {
  CHECK(received_problem(accept(received_keys(0s))) ==
        "the credentials from sts.test expired at 2026-11-23T01:00:00Z, and it is 2026-11-23T01:00:00Z there");
  CHECK(received_problem(accept(received_keys(10min), 20min)) ==
        "the credentials from sts.test expired at 2026-11-23T01:10:00Z, and it is 2026-11-23T01:20:00Z there");
  CHECK(received_problem(aws::accept_credentials(received_keys(-1s), "sts.test", {}, kNow)) ==
        "the credentials from sts.test expired at 2026-11-23T00:59:59Z, and it is 2026-11-23T01:00:00Z there");
}

TEST_CASE("half keys, and keys that would break a header, are refused") {
  Credentials no_id = received_keys(1h);
  no_id.access_key_id.clear();
  CHECK(received_problem(accept(no_id)) == "the credentials from sts.test have no access key id");
  Credentials no_secret = received_keys(1h);
  no_secret.secret_access_key.clear();
  CHECK(received_problem(accept(no_secret)) == "the credentials from sts.test have no secret access key");
  for (std::string Credentials::* member :
       {&Credentials::access_key_id, &Credentials::secret_access_key, &Credentials::session_token}) {
    for (const char* evil : {"a\r\nX-Evil: 1", "a\nb", "a\tb", "a\x7F"}) {
      Credentials broken = received_keys(1h);
      broken.*member = evil;
      CHECK(received_problem(accept(broken)) == "the credentials from sts.test hold a control character");
    }
  }
}

TEST_CASE("dates of other centuries overflow nothing") {
  const auto far = [](const char* expires, const char* date, const char* now) {
    Credentials endless = received_keys();
    endless.expires = core::parse_rfc3339(expires);
    http::Headers headers;
    headers.add("Date", date);
    return aws::accept_credentials(endless, "sts.test", headers, core::parse_rfc3339(now).value());
  };
  CHECK(far("9999-12-31T23:59:59Z", "Sat, 01 Jan 1000 00:00:00 GMT", "2026-11-23T01:00:00Z"));
  CHECK(far("9999-12-31T23:59:59Z", "Mon, 23 Nov 2026 01:00:00 GMT", "1970-01-01T00:00:00Z"));
  CHECK_FALSE(far("0001-01-01T00:00:00Z", "Mon, 23 Nov 2026 01:00:00 GMT", "2026-11-23T01:00:00Z"));
  CHECK_FALSE(far("2026-11-23T02:00:00Z", "Fri, 31 Dec 9999 23:59:59 GMT", "1970-01-01T00:00:00Z"));
}

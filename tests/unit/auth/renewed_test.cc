#include "auth/renewed.h"

#include "core/fail.h"
#include "core/time.h"
#include "now.h"

#include <cloudkit/log.h>

#include <doctest/doctest.h>

#include <deque>
#include <optional>
#include <string>
#include <vector>

using namespace cloudkit;
using namespace std::chrono_literals;

namespace {

// Credentials by script, and a clock that the test turns.
struct RenewedFixture {
  core::TimePoint time = kNow;
  std::deque<Result<Credentials>> script = {};
  int fetches = 0;
  std::vector<std::string> warnings = {};
  auth::RenewedCredentials cache{[this](const Context&) { return next(); }, [this] { return time; }};

  RenewedFixture() {
    set_log_sink(
        [this](const LogRecord& record) {
          warnings.emplace_back(record.message);
          for (const LogField& field : record.fields) warnings.back() += " " + std::string(field.value);
        },
        LogLevel::warn);
  }
  ~RenewedFixture() { set_log_sink({}); }
  RenewedFixture(const RenewedFixture&) = delete;
  RenewedFixture& operator=(const RenewedFixture&) = delete;

  Result<Credentials> next() {
    ++fetches;
    REQUIRE_FALSE(script.empty());
    auto result = std::move(script.front());
    script.pop_front();
    return result;
  }
  Credentials keys(std::string id, std::optional<std::chrono::seconds> lifetime = {}) const {
    Credentials credentials{std::move(id), "cktest-cache-secret-1", "token", {}, "a test", {}};
    if (lifetime) credentials.expires = time + *lifetime;
    return credentials;
  }
  static Error down() { return core::fail(ErrorCode::unavailable, "the source is down"); }
  std::string id() { return cache.get({}).value().access_key_id; }
};

}  // namespace

TEST_CASE_FIXTURE(RenewedFixture, "keys without an end are fetched once") {
  script = {keys("A")};
  CHECK(id() == "A");
  time += 24h * 365;
  CHECK(id() == "A");
  CHECK(fetches == 1);
}

TEST_CASE_FIXTURE(RenewedFixture, "keys are renewed five minutes before they end") {
  script = {keys("A", 1h), keys("B", 2h)};
  CHECK(id() == "A");
  time += 1h - 5min - 1s;
  CHECK(id() == "A");
  time += 1s;
  CHECK(id() == "B");
  CHECK(fetches == 2);
}

TEST_CASE_FIXTURE(RenewedFixture, "keys with a short life are renewed at half of it, and not at every call") {
  script = {keys("A", 4min), keys("B", 10min)};
  CHECK(id() == "A");
  time += 2min - 1s;
  CHECK(id() == "A");
  time += 1s;
  CHECK(id() == "B");
}

TEST_CASE_FIXTURE(RenewedFixture,
                  "a renewal that fails leaves the old keys while they are valid, and is tried again after 30 s") {
  script = {keys("A", 1h), down(), down(), down(), keys("B", 2h)};
  CHECK(id() == "A");
  time += 56min;
  CHECK(id() == "A");
  CHECK(id() == "A");
  CHECK(fetches == 2);
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0] ==
        "credentials could not be refreshed, using the old ones while they are valid a test the source is down");
  time += 30s;
  CHECK(id() == "A");
  CHECK(fetches == 3);
  time += 4min;
  const auto none = cache.get({});
  REQUIRE_FALSE(none);
  CHECK(none.error().message == "the source is down");
  CHECK(id() == "B");
  CHECK(fetches == 5);
}

TEST_CASE("a renewal leaves a call half of its time, and the calls after it all of theirs") {
  set_log_sink([](const LogRecord&) {}, LogLevel::error);
  auto now = core::parse_rfc3339("2026-11-23T01:00:00Z").value();
  int fetches = 0;
  std::optional<Context::Clock::time_point> given;
  auth::RenewedCredentials cache(
      [&](const Context& context) -> Result<Credentials> {
        given = context.deadline();
        if (++fetches > 1) return core::fail(ErrorCode::timeout, "the deadline passed");
        return Credentials{"A", "cktest-cache-secret-1", {}, now + 1h, "a test", {}};
      },
      [&] { return now; });
  CHECK(cache.get({}));
  now += 56min;
  CHECK_FALSE(given);
  const auto begun = Context::Clock::now();
  const Context hurried = Context::with_timeout(2h);
  CHECK(cache.get(hurried).value().access_key_id == "A");
  REQUIRE(given);
  CHECK(*given >= begun + 1h);
  CHECK(*given < begun + 1h + 1min);
  CHECK(cache.get(hurried).value().access_key_id == "A");
  CHECK(fetches == 2);
  set_log_sink({});
}

TEST_CASE_FIXTURE(RenewedFixture, "a failure is not kept: what is mended works at the next call") {
  script = {down(), keys("A")};
  CHECK(cache.get({}).error().message == "the source is down");
  CHECK(id() == "A");
}

TEST_CASE_FIXTURE(RenewedFixture, "what a source of keys answers is no answer about what they are for") {
  Error missing = core::fail(ErrorCode::not_found, "there is no such role");
  missing.http_status = 404;
  missing.may_have_happened = true;
  script = {missing};
  const auto error = cache.get({}).error();
  CHECK(error.code == ErrorCode::unauthenticated);
  CHECK(error.http_status == 0);
  CHECK(error.message == "there is no such role");
  CHECK_FALSE(error.may_have_happened);
}

TEST_CASE_FIXTURE(RenewedFixture, "keys that have expired when they come are an error that names both times") {
  script = {keys("A", -1s), keys("B", 0s), keys("C", 1s)};
  const auto expired = cache.get({});
  REQUIRE_FALSE(expired);
  CHECK(expired.error().code == ErrorCode::unauthenticated);
  CHECK(expired.error().message ==
        "the credentials from a test expired at 2026-11-23T00:59:59Z, and it is 2026-11-23T01:00:00Z by this machine's "
        "clock");
  CHECK(expired.error().message.find("cktest-cache-secret-1") == std::string::npos);
  CHECK_FALSE(cache.get({}));
  CHECK(id() == "C");
}

TEST_CASE_FIXTURE(RenewedFixture, "refused keys are fetched anew; others' refusals change nothing") {
  script = {keys("A", 1h), keys("B", 1h)};
  const Credentials first = cache.get({}).value();
  cache.invalidate(keys("OTHER"));
  CHECK(id() == "A");
  Credentials other_token = first;
  other_token.session_token = "cktest-older-token-1";
  cache.invalidate(other_token);
  CHECK(id() == "A");
  cache.invalidate(first);
  CHECK(id() == "B");
  cache.invalidate(first);
  CHECK(id() == "B");
  CHECK(fetches == 2);
}

TEST_CASE_FIXTURE(RenewedFixture, "a source that gives the refused keys again is not asked for each refusal") {
  script = {keys("A", 1h), keys("A", 1h), keys("B", 1h)};
  const Credentials refused = cache.get({}).value();
  for (int i = 0; i < 10; ++i) {
    cache.invalidate(refused);
    CHECK(id() == "A");
  }
  CHECK(fetches == 2);
  time += 30s;
  cache.invalidate(refused);
  CHECK(id() == "B");
}

TEST_CASE_FIXTURE(RenewedFixture, "a cancelled call fetches nothing, but takes keys that are there") {
  script = {keys("A", 1h)};
  const Context context = Context::cancellable();
  context.cancel();
  CHECK(cache.get(context).error().code == ErrorCode::cancelled);
  CHECK(fetches == 0);
  CHECK(id() == "A");
  CHECK(cache.get(context));
  time += 56min;
  CHECK(cache.get(context).value().access_key_id == "A");
  CHECK(fetches == 1);
}

TEST_CASE_FIXTURE(RenewedFixture, "a clock that starts in 1970 and keys without an end in sight overflow nothing") {
  time = core::from_unix(-86'400, 0);
  Credentials endless = keys("A");
  endless.expires = core::parse_rfc3339("9999-12-31T23:59:59Z");
  script = {endless};
  CHECK(id() == "A");
  CHECK(id() == "A");
  CHECK(fetches == 1);
}

TEST_CASE_FIXTURE(RenewedFixture, "a token is renewed by the same rules, and its errors speak of a token") {
  std::deque<Result<AccessToken>> tokens = {AccessToken{"cktest-access-1", time + 1h, "a test"},
                                            AccessToken{"cktest-access-2", time + 2h, "a test"}, down(),
                                            AccessToken{"cktest-access-3", time, "a test"}};
  auth::RenewedToken cached(
      [&](const Context&) {
        auto next = std::move(tokens.front());
        tokens.pop_front();
        return next;
      },
      [&] { return time; });
  const AccessToken first = cached.get({}).value();
  CHECK(first.value == "cktest-access-1");
  cached.invalidate({"cktest-access-0", {}, {}});
  CHECK(cached.get({})->value == "cktest-access-1");
  cached.invalidate(first);
  CHECK(cached.get({})->value == "cktest-access-2");
  time += 116min;
  CHECK(cached.get({})->value == "cktest-access-2");
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0] ==
        "the access token could not be renewed, using the old one while it is valid a test the source is down");
  time += 10min;
  CHECK(cached.get({}).error().message ==
        "the access token from a test expired at 2026-11-23T01:00:00Z, and it is 2026-11-23T03:06:00Z by this "
        "machine's clock");
}

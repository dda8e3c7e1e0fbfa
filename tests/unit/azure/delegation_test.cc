#include "azure/credentials/delegation.h"

#include "core/fail.h"
#include "surroundings.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>

using namespace cloudkit;
using namespace std::chrono_literals;

namespace {

core::TimePoint at(const char* time) { return core::parse_rfc3339(time).value(); }

const std::string kReply =
    "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"utf-8\"?><UserDelegationKey><SignedOid>o-1</SignedOid>"
    "<SignedTid>t-1</SignedTid><SignedStart>2026-11-23T01:00:00Z</SignedStart>"
    "<SignedExpiry>2026-11-23T13:00:00Z</SignedExpiry><SignedService>b</SignedService>"
    "<SignedVersion>2022-11-02</SignedVersion><Value>Y2t0ZXN0LWRlbGVnYXRpb24tMQ==</Value></UserDelegationKey>";

Result<auth::DelegationKey> read(std::string body) {
  http::Response response;
  response.body = std::move(body);
  return azure::read_delegation_key(response);
}

std::string without(std::string text, const std::string& part) {
  const auto place = text.find(part);
  REQUIRE(place != std::string::npos);
  return text.erase(place, part.size());
}

}  // namespace

TEST_CASE("a delegated key is asked for by its time") {
  http::Request request;
  request.path = "/account";
  std::string body;
  azure::ask_for_delegation_key(request, body, at("2026-11-23T01:00:00.5Z"), at("2026-11-24T01:00:00Z"));
  CHECK(request.method == http::Method::post);
  CHECK(http::encode_target(request) == "/account?restype=service&comp=userdelegationkey");
  CHECK(request.body.view() ==
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><KeyInfo><Start>2026-11-23T01:00:00Z</Start>"
        "<Expiry>2026-11-24T01:00:00Z</Expiry></KeyInfo>");
  CHECK(request.idempotent);
  CHECK(request.read_only);
}

TEST_CASE("a delegated key is read whole") {
  const auto key = read(kReply);
  REQUIRE(key);
  CHECK(key->object_id == "o-1");
  CHECK(key->tenant_id == "t-1");
  CHECK(key->starts == "2026-11-23T01:00:00Z");
  CHECK(key->expires == "2026-11-23T13:00:00Z");
  CHECK(key->service == "b");
  CHECK(key->version == "2022-11-02");
  CHECK(key->value == "Y2t0ZXN0LWRlbGVnYXRpb24tMQ==");
}

TEST_CASE("a reply that holds no whole key is an error that shows nothing of it") {
  const std::pair<std::string, std::string> cases[] = {
      {"", "is not XML: "},
      {"<Error>cktest-delegation-2</Error>", "is no UserDelegationKey"},
      {without(kReply, "<SignedOid>o-1</SignedOid>"), "has no SignedOid"},
      {without(kReply, "<Value>Y2t0ZXN0LWRlbGVnYXRpb24tMQ==</Value>"), "has no Value"},
      {without(kReply, "2026-11-23T13:00:00Z"), "has no SignedExpiry"},
      {without(kReply, "T13:00:00Z"), "has a SignedExpiry that is no time"},
      {kReply.substr(0, 200), "is not XML: "},
  };
  for (const auto& row : cases) {
    const auto refused = read(row.first);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::unknown);
    CHECK_MESSAGE(refused.error().message.find("the reply to a user delegation key's request " + row.second) == 0,
                  refused.error().message);
    CHECK(refused.error().to_string().find("Y2t0") == std::string::npos);
    CHECK(refused.error().to_string().find("cktest") == std::string::npos);
  }
}

TEST_CASE("one key is good for many URLs, and another is fetched for those that last longer") {
  azure::DelegationKeys keys;
  int fetched = 0;
  std::pair<core::TimePoint, core::TimePoint> asked;
  const auto fetch = [&](core::TimePoint starts, core::TimePoint expires) -> Result<auth::DelegationKey> {
    ++fetched;
    asked = {starts, expires};
    auto key = read(kReply).value();
    key.expires = core::format_rfc3339(expires);
    return key;
  };
  const auto now = at("2026-11-23T01:00:00Z");
  REQUIRE(keys.get(now + 1h, now, fetch));
  CHECK(asked == std::pair(now - 5min, now + 12h));
  REQUIRE(keys.get(now + 12h, now, fetch));
  CHECK(fetched == 1);
  REQUIRE(keys.get(now + 7 * 24h, now, fetch));
  CHECK(fetched == 2);
  CHECK(asked == std::pair(now, now + 7 * 24h));
  REQUIRE(keys.get(now + 3 * 24h, now + 24h, fetch));
  CHECK(fetched == 2);

  const auto longer = keys.get(now + 7 * 24h + 1s, now, fetch);
  REQUIRE_FALSE(longer);
  CHECK(longer.error().message == "a URL that is signed by a token's delegated key lasts up to 7 days");
  CHECK(fetched == 2);
}

TEST_CASE("a fetch that fails is not remembered") {
  azure::DelegationKeys keys;
  const auto now = at("2026-11-23T01:00:00Z");
  const auto fails = [](core::TimePoint, core::TimePoint) -> Result<auth::DelegationKey> {
    return core::fail(ErrorCode::permission_denied, "no");
  };
  CHECK(error_of(keys.get(now + 1h, now, fails)).message == "no");
  CHECK(keys.get(now + 1h, now, [](core::TimePoint, core::TimePoint) { return read(kReply); }));
}

#include "azure/credentials/delegation.h"

#include "codec/xml.h"
#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

namespace cloudkit::inline v0::azure {
namespace {

// The service's clock may be behind this machine's.
constexpr std::chrono::minutes kEarlier{5};
// Many URLs come of one key.
constexpr std::chrono::hours kUsualLife{12};

std::string whole_seconds(core::TimePoint time) {
  return core::format_rfc3339(std::chrono::floor<std::chrono::seconds>(time));
}

Error bad_key(std::string_view why) {
  return core::fail(ErrorCode::unknown, fmt::format("the reply to a user delegation key's request {}", why));
}

}  // namespace

void ask_for_delegation_key(http::Request& request, std::string& body, core::TimePoint starts,
                            core::TimePoint expires) {
  body =
      fmt::format("<?xml version=\"1.0\" encoding=\"utf-8\"?><KeyInfo><Start>{}</Start><Expiry>{}</Expiry></KeyInfo>",
                  whole_seconds(starts), whole_seconds(expires));
  request.method = http::Method::post;
  request.query = {{"restype", "service"}, {"comp", "userdelegationkey"}};
  request.headers.set("Content-Type", "application/xml");
  request.body = body;
  request.idempotent = request.read_only = true;
}

Result<auth::DelegationKey> read_delegation_key(const http::Response& response) {
  const auto document = codec::XmlDocument::parse(response.body);
  if (!document) return bad_key(fmt::format("is not XML: {}", document.error().message));
  const codec::XmlNode root = document->root();
  if (root.name() != "UserDelegationKey") return bad_key("is no UserDelegationKey");
  auth::DelegationKey key;
  const std::pair<std::string_view, std::string*> members[] = {
      {"SignedOid", &key.object_id},  {"SignedTid", &key.tenant_id},   {"SignedStart", &key.starts},
      {"SignedExpiry", &key.expires}, {"SignedService", &key.service}, {"SignedVersion", &key.version},
      {"Value", &key.value}};
  for (const auto& [name, member] : members) {
    *member = core::trim(root.child(name).text());
    if (member->empty()) return bad_key(fmt::format("has no {}", name));
    if (core::has_control_character(*member)) return bad_key(fmt::format("has a control character in {}", name));
  }
  if (!core::parse_rfc3339(key.expires)) return bad_key("has a SignedExpiry that is no time");
  return key;
}

Result<auth::DelegationKey> DelegationKeys::get(core::TimePoint until, core::TimePoint now, const Fetch& fetch) {
  if (until > now + kLongestDelegation) {
    return core::invalid_argument("a URL that is signed by a token's delegated key lasts up to 7 days",
                                  "the account's key signs longer ones");
  }
  {
    const std::scoped_lock lock(mutex_);
    if (key_ && until <= expires_) return *key_;
  }
  // A key of the whole seven days begins now, since they count from its start.
  const core::TimePoint expires = std::max(until, now + kUsualLife);
  auto key = fetch(std::max(now - kEarlier, expires - kLongestDelegation), expires);
  if (!key) return key;
  const std::scoped_lock lock(mutex_);
  key_ = *key;
  expires_ = core::parse_rfc3339(key->expires).value_or(until);
  return key;
}

}  // namespace cloudkit::inline v0::azure

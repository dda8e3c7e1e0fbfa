#include "aws/sso/token.h"

#include "codec/json.h"
#include "core/encode.h"
#include "core/fail.h"
#include "crypto/digest.h"

#include <fmt/format.h>

#include <utility>

namespace cloudkit::inline v0::aws::sso {
namespace {

constexpr codec::JsonLimits kFileLimits = {.max_size = 64 << 10, .max_depth = 16, .max_values = 2000};

Error bad(std::string_view what) { return core::fail(ErrorCode::unauthenticated, std::string(what)); }

Result<codec::JsonValue> parse(std::string_view json) {
  if (core::trim(json).empty()) return bad("it is empty");
  auto parsed = codec::JsonValue::parse(json, kFileLimits);
  if (!parsed) return bad(parsed.error().message);
  if (!parsed->is_object()) return bad("it is not a JSON object");
  return parsed;
}

// Older versions of the CLI wrote "2020-06-17T10:02:08UTC".
std::optional<core::TimePoint> parse_time(std::string_view text) {
  constexpr std::string_view kOldZone = "UTC";
  if (!text.ends_with(kOldZone)) return core::parse_rfc3339(text);
  return core::parse_rfc3339(std::string(text.substr(0, text.size() - kOldZone.size())) + "Z");
}

std::string text_of(const codec::JsonValue& json, std::string_view name) {
  return std::string(core::trim(json.find(name).as_string().value_or("")));
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as kFileLimits lets a document be.
void copy(const codec::JsonValue& value, codec::JsonWriter& out) {
  if (value.is_object()) {
    out.begin_object();
    for (const codec::JsonMember& member : value.members()) copy(member.value, out.name(member.name));
    out.end_object();
  } else if (value.is_array()) {
    out.begin_array();
    for (const codec::JsonValue& item : value.items()) copy(item, out);
    out.end_array();
  } else if (const auto text = value.as_string()) {
    out.string(*text);
  } else if (const auto flag = value.as_bool()) {
    out.boolean(*flag);
  } else if (const auto integer = value.as_i64()) {
    out.number(*integer);
  } else if (const auto large = value.as_u64()) {
    out.number(*large);
  } else if (const auto number = value.as_double()) {
    out.number(*number);
  } else {
    out.null();
  }
}

}  // namespace

bool Token::renewable(core::TimePoint now) const {
  return !refresh.refresh_token.empty() && !refresh.client_id.empty() && !refresh.client_secret.empty() &&
         registration_expires && now < *registration_expires;
}

std::string token_path(std::string_view home, std::string_view known_by) {
  return fmt::format("{}/.aws/sso/cache/{}.json", home, core::hex_encode(crypto::sha1(known_by)));
}

Result<Token> read_token(std::string_view json) {
  const auto parsed = parse(json);
  if (!parsed) return parsed.error();
  Token token;
  token.access_token = text_of(*parsed, "accessToken");
  if (token.access_token.empty()) return bad("it has no accessToken");
  const auto expires = parse_time(text_of(*parsed, "expiresAt"));
  if (!expires) return bad("its expiresAt is not a time");
  token.expires = *expires;
  token.refresh.client_id = text_of(*parsed, "clientId");
  token.refresh.client_secret = text_of(*parsed, "clientSecret");
  token.refresh.refresh_token = text_of(*parsed, "refreshToken");
  token.registration_expires = parse_time(text_of(*parsed, "registrationExpiresAt"));
  if (core::has_control_character(token.access_token)) return bad("its accessToken has a control character");
  return token;
}

Result<std::string> renewed_token(std::string_view json, const NewToken& token, core::TimePoint now) {
  const auto parsed = parse(json);
  if (!parsed) return parsed.error();
  codec::JsonWriter out;
  out.begin_object();
  for (const codec::JsonMember& member : parsed->members()) {
    const bool is_replaced = member.name == "accessToken" || member.name == "expiresAt" ||
                             (member.name == "refreshToken" && !token.refresh_token.empty());
    if (!is_replaced) copy(member.value, out.name(member.name));
  }
  const auto expires = std::chrono::floor<std::chrono::seconds>(now) + token.lifetime;
  out.name("accessToken").string(token.access_token).name("expiresAt").string(core::format_rfc3339(expires));
  if (!token.refresh_token.empty()) out.name("refreshToken").string(token.refresh_token);
  return out.end_object().finish();
}

}  // namespace cloudkit::inline v0::aws::sso

#include "aws/credentials/credentials_json.h"

#include "auth/json_members.h"
#include "auth/metadata_client.h"
#include "aws/arn.h"
#include "codec/json.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>

namespace cloudkit::inline v0::aws {
namespace {

using auth::Presence;
using codec::JsonValue;

Error refuse(std::string why, std::string hint = {}) {
  return core::fail(ErrorCode::unauthenticated, std::move(why), std::move(hint));
}

Result<JsonValue> parse_object(std::string_view text) {
  auto json = JsonValue::parse(text);
  if (!json) return refuse(std::move(json).error().message);
  if (!json->is_object()) return refuse("the JSON is not an object");
  return json;
}

Result<Credentials> read_members(const JsonValue& json, std::string_view token_name, Presence token_and_end,
                                 core::TimePoint now) {
  auth::JsonMembers answer(json);
  Credentials credentials;
  credentials.access_key_id = answer.text("AccessKeyId", Presence::required);
  credentials.secret_access_key = answer.text("SecretAccessKey", Presence::required);
  credentials.session_token = answer.text(token_name, token_and_end);
  credentials.expires = answer.time("Expiration", token_and_end);
  if (!answer.problem().empty()) return refuse(answer.problem());
  // Nothing depends on it, so one that is made up is not worth a failure.
  const auto account = json.find("AccountId").as_string();
  if (account && is_account_id(*account)) credentials.account_id = *account;
  if (credentials.expires && *credentials.expires <= now) {
    return refuse(fmt::format("the keys expired at {}", core::format_rfc3339(*credentials.expires)),
                  fmt::format("this machine's clock says {}", core::format_rfc3339(now)));
  }
  return credentials;
}

}  // namespace

Result<Credentials> read_process_credentials(std::string_view text, core::TimePoint now) {
  const auto json = parse_object(text);
  if (!json) return json.error();
  if (json->find("Version").as_u64() != 1U) return refuse("Version is not 1");
  return read_members(*json, "SessionToken", Presence::optional, now);
}

Result<Credentials> read_metadata_credentials(std::string_view text, core::TimePoint now) {
  const auto json = parse_object(text);
  if (!json) return json.error();
  // Only instances say it.
  if (json->contains("Code") && json->find("Code").as_string() != "Success") {
    const auto word = auth::plain_word(json->find("Code").as_string().value_or(std::string_view()));
    return refuse(fmt::format("its code is not Success, but {}", word.empty() ? "something else" : word));
  }
  return read_members(*json, "Token", Presence::required, now);
}

}  // namespace cloudkit::inline v0::aws

// What STS, IAM Identity Center, metadata services and programs reply when they are asked for credentials, and the
// file of an SSO login. Every input goes to every reader.
#include "aws/credentials/credentials_json.h"
#include "aws/credentials/received.h"
#include "aws/service_error.h"
#include "aws/sso/protocol.h"
#include "aws/sso/token.h"
#include "aws/sts/protocol.h"
#include "core/encode.h"
#include "core/time.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace cloudkit;

namespace {

const core::TimePoint kNow = core::from_unix(1'795'395'600, 0);

void require(bool condition) {
  if (!condition) std::abort();
}

// One line, and none of what was read: the canary of the seeds is in each secret.
void check_error(const Error& error) {
  const std::string text = error.to_string();
  require(text.find("cktest-fuzz") == std::string::npos);
  require(!error.message.empty() && !core::has_control_character(error.message));
}

// The service's own words may be shown, but on one line.
void check_failure(const std::optional<http::Failure>& failure) {
  require(failure.has_value());
  require(!failure->error.message.empty() && failure->error.message.size() < 2000);
  require(!core::has_control_character(failure->error.message + failure->error.service_code));
  require(!core::has_control_character(failure->error.request_id));
}

void check_usable(const Credentials& keys) {
  require(!keys.access_key_id.empty() && !keys.secret_access_key.empty());
  require(!core::has_control_character(keys.access_key_id + keys.secret_access_key + keys.session_token));
  require(!keys.expires || *keys.expires > kNow);
}

// Of a service: what it sent becomes usable, or an error.
void check_sent(const Result<Credentials>& sent, const http::Response& reply) {
  if (!sent) return check_error(sent.error());
  const auto accepted = aws::accept_credentials(*sent, "a service", reply.headers, kNow);
  if (!accepted) return check_error(accepted.error());
  check_usable(*accepted);
}

void check_checked(const Result<Credentials>& keys) { keys ? check_usable(*keys) : check_error(keys.error()); }

void check_token_file(std::string_view text) {
  const auto token = aws::sso::read_token(text);
  if (!token) return check_error(token.error());
  require(!token->access_token.empty());
  const auto renewed = aws::sso::renewed_token(text, {"new", std::chrono::hours(1), "newer"}, kNow);
  if (!renewed) return check_error(renewed.error());
  const auto again = aws::sso::read_token(*renewed);
  require(again && again->access_token == "new" && again->refresh.refresh_token == "newer");
  require(again->expires == kNow + std::chrono::hours(1));
  require(again->refresh.client_secret == token->refresh.client_secret);
  require(again->registration_expires == token->registration_expires);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  http::Response reply;
  reply.status = 200;
  reply.body = text;
  check_sent(aws::sts::read_assumed_role(reply), reply);
  check_sent(aws::sso::read_role_credentials(reply), reply);
  check_checked(aws::read_process_credentials(text, kNow));
  check_checked(aws::read_metadata_credentials(text, kNow));
  if (const auto who = aws::sts::read_caller_identity(reply); who) {
    require(!core::has_control_character(who->account + who->arn + who->user_id));
  } else {
    check_error(who.error());
  }
  if (const auto token = aws::sso::read_new_token(reply); token) {
    require(!core::has_control_character(token->access_token + token->refresh_token));
    require(token->lifetime.count() > 0);
  } else {
    check_error(token.error());
  }
  check_token_file(text);
  reply.status = 400;
  check_failure(aws::classify_xml_reply({}, reply, false));
  check_failure(aws::classify_json_reply({}, reply, false));
  return 0;
}

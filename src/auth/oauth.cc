#include "auth/oauth.h"

#include "codec/json.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/form.h"
#include "crypto/digest.h"
#include "http/classify.h"
#include "http/secrets.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

namespace cloudkit::inline v0::auth {
namespace {

using codec::JsonValue;
using Remedy = http::Failure::Remedy;

constexpr std::size_t kMaxTokenReply = std::size_t{64} << 10;
constexpr codec::JsonLimits kTokenLimits = {.max_size = kMaxTokenReply, .max_depth = 16, .max_values = 2000};
// Nobody's tokens live longer, so the sum with a clock overflows nowhere.
constexpr std::uint64_t kLongestLife = 86'400;
// Of a description; what is shown is shorter by far.
constexpr std::size_t kLongestText = std::size_t{4} << 10;

struct OAuthCode {
  std::string_view code;
  ErrorCode meaning;
};

// https://www.rfc-editor.org/rfc/rfc6749#section-5.2, https://www.rfc-editor.org/rfc/rfc8693#section-2.2.2
constexpr OAuthCode kOAuthCodes[] = {
    {"invalid_request", ErrorCode::invalid_argument},   {"invalid_scope", ErrorCode::invalid_argument},
    {"unsupported_grant_type", ErrorCode::unsupported}, {"access_denied", ErrorCode::permission_denied},
    {"invalid_client", ErrorCode::unauthenticated},     {"invalid_grant", ErrorCode::unauthenticated},
    {"invalid_target", ErrorCode::unauthenticated},     {"unauthorized_client", ErrorCode::unauthenticated},
};

bool is_code(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 64 &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

// Names of public values; all others are taken for secrets.
bool is_public(std::string_view name) noexcept {
  constexpr std::string_view kPublic[] = {"audience",
                                          "client_id",
                                          "grant_type",
                                          "options",
                                          "requested_token_type",
                                          "resource",
                                          "scope",
                                          "subject_token_type",
                                          "client_assertion_type",
                                          "requested_token_use"};
  return std::find(std::begin(kPublic), std::end(kPublic), name) != std::end(kPublic);
}

// Names of headers whose values everybody may see; all others are taken for secrets.
bool is_public_header(std::string_view name) noexcept {
  constexpr std::string_view kPublic[] = {"accept", "content-type", "metadata", "metadata-flavor", "user-agent"};
  return std::any_of(std::begin(kPublic), std::end(kPublic),
                     [&](std::string_view known) { return core::equals_ignoring_case(name, known); });
}

// As it is, and as somebody may quote it who did not decode it.
void add_secret(std::string& secrets, std::string_view value) {
  secrets.append("\n").append(value);
  const std::string encoded = core::percent_encode(value, core::Slash::encode);
  if (encoded != value) secrets.append("\n").append(encoded);
}

// All that a reply to a form must not be quoted with.
std::string secrets_of_form(const http::Request& request) {
  constexpr std::string_view kBasic = "Basic ";
  std::string secrets;
  for (const http::Header& header : request.headers) {
    if (is_public_header(header.name)) continue;
    const bool has_scheme = core::equals_ignoring_case(header.name, "authorization");
    add_secret(secrets, has_scheme ? without_scheme(header.value) : std::string_view(header.value));
    if (!std::string_view(header.value).starts_with(kBasic)) continue;
    const auto pair = core::base64_decode(std::string_view(header.value).substr(kBasic.size()));
    if (pair) add_secret(secrets, std::string_view(*pair).substr(std::min(pair->find(':') + 1, pair->size())));
  }
  for (const auto& [name, value] : core::parse_form(request.body.view())) {
    if (!is_public(name)) add_secret(secrets, value);
  }
  return secrets;
}

Error bad_reply(std::string_view why) {
  return core::fail(ErrorCode::unauthenticated, fmt::format("what it sent for a token is none: {}", why));
}

// Azure's metadata service writes the number as a string.
std::optional<std::uint64_t> seconds_in(const JsonValue& value) {
  const auto text = value.as_string();
  return text ? core::parse_u64(*text) : value.as_u64();
}

// Puts the form into each attempt, and wipes what it was.
class FormWriter final : public http::Signer {
 public:
  explicit FormWriter(const TokenGrant& grant) : grant_(grant) {}
  ~FormWriter() override { crypto::cleanse(body_); }

  Status sign(http::Request& request, core::TimePoint now, const Context&) override {
    auto form = grant_.form(now);
    if (!form) return std::move(form).error();
    crypto::cleanse(body_);
    body_ = core::write_form(*form);
    for (auto& [name, value] : *form) crypto::cleanse(value);
    request.body = body_;
    return {};
  }

 private:
  const TokenGrant& grant_;
  std::string body_ = {};
};

}  // namespace

std::string_view without_scheme(std::string_view authorization) noexcept {
  return authorization.substr(authorization.find(' ') + 1);
}

std::string without_secrets(std::string_view text, std::string_view secrets) {
  return core::printable_excerpt(http::redacted(text.substr(0, kLongestText), secrets), 300);
}

std::optional<http::Failure> judge_token_reply(const http::Request& request, const http::Response& reply) {
  if (reply.status >= 200 && reply.status < 300) return std::nullopt;
  const auto json = JsonValue::parse(reply.body, kTokenLimits);
  const std::string_view code = json ? json->find("error").as_string().value_or(std::string_view()) : "";
  auto failure = http::classify({}, reply.status);
  failure.error.message = fmt::format("it answered {}", reply.status);
  // What the clock has to do with is asked below.
  if (failure.remedy == Remedy::suspect_clock) failure.remedy = Remedy::none;
  if (!is_code(code)) return failure;

  failure.error.service_code = code;
  failure.error.message = std::string(code);
  const auto description = json->find("error_description").as_string();
  if (description) failure.error.message += ": " + without_secrets(*description, secrets_of_form(request));
  if (reply.status >= 500 || reply.status == 429 || reply.status == 408) return failure;
  const auto* known = std::find_if(std::begin(kOAuthCodes), std::end(kOAuthCodes),
                                   [&](const OAuthCode& one) { return one.code == code; });
  failure.error.code = known != std::end(kOAuthCodes) ? known->meaning : ErrorCode::unauthenticated;
  // An assertion of the wrong hour is refused by these; if it was the clock, the reply's Date says.
  if (code == "invalid_grant" || code == "invalid_client") failure.remedy = Remedy::suspect_clock;
  return failure;
}

Result<AccessToken> read_token_reply(std::string_view text, core::TimePoint now) {
  const auto json = JsonValue::parse(text, kTokenLimits);
  if (!json) return bad_reply(json.error().message);
  const auto value = json->find("access_token").as_string();
  if (!value || value->empty()) return bad_reply("access_token is missing or empty");
  if (core::has_control_character(*value)) return bad_reply("access_token has control characters");
  const auto type = json->find("token_type").as_string();
  if (type && !core::equals_ignoring_case(*type, "Bearer")) return bad_reply("token_type is not Bearer");
  AccessToken token{std::string(*value), {}, {}};
  if (!json->contains("expires_in")) return token;
  const auto seconds = seconds_in(json->find("expires_in"));
  if (!seconds || *seconds == 0) return bad_reply("expires_in is no number of seconds above 0");
  token.expires = now + std::chrono::seconds(std::min(*seconds, kLongestLife));
  return token;
}

Result<AccessToken> ask_for_token(const TokenGrant& grant, const Surroundings& surroundings, const Context& context) {
  http::Request request = grant.endpoint;
  request.method = http::Method::post;
  request.headers.set("Content-Type", "application/x-www-form-urlencoded");
  request.headers.set("Accept", "application/json");
  request.max_reply_size = kMaxTokenReply;
  // Asking twice makes two tokens, which harms nobody.
  request.idempotent = request.read_only = true;

  http::ClientOptions options;
  options.transport = surroundings.transport;
  options.signer = std::make_shared<FormWriter>(grant);
  options.classifier = [](const http::Request& sent, const http::Response& reply, bool) {
    return judge_token_reply(sent, reply);
  };
  options.hooks = surroundings.hooks;
  // The lifetime counts from when it was asked for.
  const core::TimePoint asked = surroundings.now();
  auto reply = http::Client(std::move(options)).send(std::move(request), context);
  if (!reply) return std::move(reply).error();
  auto token = read_token_reply(reply->body, asked);
  crypto::cleanse(reply->body);
  return token;
}

}  // namespace cloudkit::inline v0::auth

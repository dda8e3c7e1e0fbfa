#include "auth/metadata_client.h"

#include "codec/json.h"
#include "http/classify.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>

namespace cloudkit::inline v0::auth {
namespace {

using Remedy = http::Failure::Remedy;

// Agents of containers say {"code":"AccessDeniedException","message":…}; instances answer in HTML.
// The message is not shown: it may repeat the token that was sent.
std::string code_of(const http::Response& reply) {
  const auto json = codec::JsonValue::parse(reply.body);
  return json ? std::string(plain_word(json->find("code").as_string().value_or(std::string_view()))) : std::string();
}

std::optional<http::Failure> judge(const http::Request&, const http::Response& reply, bool) {
  if (reply.status >= 200 && reply.status < 300) return std::nullopt;
  auto failure = http::classify(code_of(reply), reply.status);
  failure.error.message = fmt::format("it answered {}", reply.status);
  if (reply.status == 401) failure.remedy = Remedy::refresh_credentials;
  if (failure.remedy == Remedy::suspect_clock || failure.remedy == Remedy::suspect_time)
    failure.remedy = Remedy::none;  // Nothing is signed.
  return failure;
}

}  // namespace

http::ClientOptions metadata_client_options(const Surroundings& surroundings) {
  http::ClientOptions options;
  options.transport = surroundings.transport;
  options.hooks = surroundings.hooks;
  options.classifier = judge;
  options.retry.max_attempts = 3;
  return options;
}

std::string_view plain_word(std::string_view text) noexcept {
  const bool is_word = text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
                         return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
                       });
  return is_word ? text : std::string_view();
}

http::Exchange MetadataProbe::send(const http::Request& request, http::BodyReceiver* receiver, const Context& context) {
  http::Exchange exchange = inner_->send(request, receiver, context);
  reached_ = reached_ || exchange.request_sent;
  if (!exchange.status && !exchange.request_sent) exchange.status.error().retryable = false;
  return exchange;
}

Error metadata_error(Error error, std::string_view place) {
  switch (error.code) {
    case ErrorCode::cancelled: return error;
    case ErrorCode::timeout:
    case ErrorCode::unavailable:
    case ErrorCode::throttled:
    case ErrorCode::io: break;
    default: error.code = ErrorCode::unauthenticated;
  }
  error.message = fmt::format("{}: {}", place, error.message);
  return error;
}

}  // namespace cloudkit::inline v0::auth

#include "aws/credentials/metadata_client.h"

#include "aws/credentials/credentials_json.h"
#include "codec/json.h"
#include "http/classify.h"

#include <fmt/format.h>

#include <optional>

namespace cloudkit::inline v0::aws {
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

}  // namespace cloudkit::inline v0::aws

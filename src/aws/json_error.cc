#include "aws/json_error.h"

#include "codec/json.h"
#include "core/encode.h"
#include "http/classify.h"

#include <fmt/format.h>

#include <initializer_list>
#include <string>
#include <string_view>

namespace cloudkit::inline v0::aws {
namespace {

constexpr codec::JsonLimits kLimits = {.max_size = 64 << 10, .max_depth = 16, .max_values = 2000};

std::string_view first_text(const codec::JsonValue& body, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const auto text = body.find(name).as_string(); text && !text->empty()) return *text;
  }
  return {};
}

// "com.amazonaws.sso#UnauthorizedException:http://…" is UnauthorizedException.
std::string_view bare_code(std::string_view code) {
  code = code.substr(0, code.find(':'));
  if (const auto hash = code.rfind('#'); hash != std::string_view::npos) code.remove_prefix(hash + 1);
  return core::trim(code);
}

}  // namespace

std::optional<http::Failure> classify_json_reply(const http::Request&, const http::Response& response, bool) {
  if (response.status >= 200 && response.status <= 299) return std::nullopt;
  const auto parsed = codec::JsonValue::parse(response.body, kLimits);
  const codec::JsonValue body = parsed ? *parsed : codec::JsonValue();
  std::string_view code = bare_code(response.headers.get("x-amzn-errortype"));
  if (code.empty()) code = bare_code(first_text(body, {"__type", "code", "error"}));
  http::Failure failure = http::classify(core::printable_excerpt(code, 80), response.status);
  failure.error.message =
      core::printable_excerpt(first_text(body, {"message", "Message", "errorMessage", "error_description"}), 512);
  if (failure.error.message.empty()) {
    failure.error.message = fmt::format("the service answered {} and gave no reason", response.status);
  }
  return failure;
}

}  // namespace cloudkit::inline v0::aws

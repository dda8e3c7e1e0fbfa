#include "aws/service_error.h"

#include "codec/json.h"
#include "codec/xml.h"
#include "core/encode.h"
#include "http/classify.h"

#include <fmt/format.h>

#include <initializer_list>
#include <string>
#include <string_view>

namespace cloudkit::inline v0::aws {
namespace {

constexpr codec::JsonLimits kJsonLimits = {.max_size = 64 << 10, .max_depth = 16, .max_values = 2000};
constexpr codec::XmlLimits kXmlLimits = {.max_size = 64 << 10, .max_depth = 16, .max_nodes = 2000};

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

// Of a signature that does not match, services tell the request that they signed, with the session's token in it. Why
// somebody may not, EC2 tells in a text that only sts:DecodeAuthorizationMessage reads.
std::string_view legible_part(std::string_view message) noexcept {
  for (const std::string_view begin :
       {"The Canonical String", "The String-to-Sign", "Encoded authorization failure message"}) {
    message = message.substr(0, message.find(begin));
  }
  return message;
}

http::Failure failure_of(std::string_view code, std::string_view message, int status) {
  http::Failure failure = http::classify(core::printable_excerpt(core::trim(code), 80), status);
  failure.error.message = core::printable_excerpt(core::trim(legible_part(message)), 512);
  if (failure.error.message.empty()) {
    failure.error.message = fmt::format("the service answered {} and gave no reason", status);
  }
  return failure;
}

codec::XmlNode error_in(codec::XmlNode root) {
  const codec::XmlNode error = root.child("Error");
  return error ? error : root.child("Errors").child("Error");
}

bool is_success(const http::Response& response) noexcept { return response.status >= 200 && response.status <= 299; }

}  // namespace

std::optional<http::Failure> classify_json_reply(const http::Request&, const http::Response& response, bool) {
  if (is_success(response)) return std::nullopt;
  const auto parsed = codec::JsonValue::parse(response.body, kJsonLimits);
  const codec::JsonValue body = parsed ? *parsed : codec::JsonValue();
  std::string_view code = bare_code(response.headers.get("x-amzn-errortype"));
  if (code.empty()) code = bare_code(first_text(body, {"__type", "code", "error"}));
  return failure_of(code, first_text(body, {"message", "Message", "errorMessage", "error_description"}),
                    response.status);
}

std::optional<http::Failure> classify_xml_reply(const http::Request&, const http::Response& response, bool) {
  if (is_success(response)) return std::nullopt;
  const auto document = codec::XmlDocument::parse(response.body, kXmlLimits);
  const codec::XmlNode root = document ? document->root() : codec::XmlNode();
  const codec::XmlNode error = error_in(root);
  http::Failure failure = failure_of(error.child("Code").text(), error.child("Message").text(), response.status);
  const codec::XmlNode request_id = root.child("RequestId") ? root.child("RequestId") : root.child("RequestID");
  failure.error.request_id = core::printable_excerpt(core::trim(request_id.text()), 128);
  return failure;
}

}  // namespace cloudkit::inline v0::aws

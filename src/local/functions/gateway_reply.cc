#include "codec/json.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/function_rules.h"
#include "local/functions/gateway_event.h"
#include "local/functions/runtime_api.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>

namespace cloudkit::inline v0::local::functions {
namespace {

using codec::JsonMember;
using codec::JsonValue;
using http::loopback::Response;

// A text, or what API Gateway takes for one.
std::optional<std::string> header_value(const JsonValue& json) {
  if (const auto text = json.as_string()) return std::string(*text);
  if (const auto flag = json.as_bool()) return *flag ? "true" : "false";
  if (const auto number = json.as_i64()) return std::to_string(*number);
  if (const auto number = json.as_double()) return fmt::format("{}", *number);
  return std::nullopt;
}

// Which it makes itself.
bool belongs_to_server(std::string_view name) {
  return core::is_framing_header(name) || core::equals_ignoring_case(name, "date");
}

Status add_header(Response& response, const std::string& name, const JsonValue& json, bool replace) {
  const auto value = header_value(json);
  if (!value || !core::is_http_token(name) || core::has_control_character(*value)) {
    return core::invalid_argument(fmt::format("its header \"{}\" is none", core::printable_excerpt(name, 80)));
  }
  if (belongs_to_server(name)) return {};
  if (replace) {
    response.headers.set(name, *value);
  } else {
    response.headers.add(name, *value);
  }
  return {};
}

bool is_listed(const JsonValue& json, const JsonMember& header) {
  for (const JsonMember& member : json.find("multiValueHeaders").members()) {
    if (!core::equals_ignoring_case(member.name, header.name)) continue;
    for (const JsonValue& value : member.value.items()) {
      if (header_value(value) == header_value(header.value)) return true;
    }
  }
  return false;
}

// Beside what `headers` says of the same name, unless a list says that, too.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
Status add_merged_headers(Response& response, const JsonValue& json) {
  for (const JsonMember& member : json.find("headers").members()) {
    if (is_listed(json, member)) continue;
    if (auto status = add_header(response, member.name, member.value, true); !status) return status;
  }
  for (const JsonMember& member : json.find("multiValueHeaders").members()) {
    for (const JsonValue& value : member.value.items()) {
      if (auto status = add_header(response, member.name, value, false); !status) return status;
    }
  }
  return {};
}

// Format 2.0 knows no lists, and has cookies instead.
Status add_headers_and_cookies(Response& response, const JsonValue& json) {
  for (const JsonMember& member : json.find("headers").members()) {
    if (auto status = add_header(response, member.name, member.value, true); !status) return status;
  }
  for (const JsonValue& cookie : json.find("cookies").items()) {
    if (auto status = add_header(response, "Set-Cookie", cookie, false); !status) return status;
  }
  return {};
}

// A REST API takes no reply that says more.
Status check_members(const JsonValue& json) {
  constexpr std::array kKnown = {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"};
  for (const JsonMember& member : json.members()) {
    if (std::find(kKnown.begin(), kKnown.end(), member.name) != kKnown.end()) continue;
    return core::invalid_argument(
        fmt::format("a REST API knows no \"{}\" of a reply", core::printable_excerpt(member.name, 80)),
        fmt::format("it has {}", fmt::join(kKnown, ", ")));
  }
  return {};
}

Status add_body(Response& response, const JsonValue& json) {
  const JsonValue& body = json.find("body");
  if (body.is_null()) return {};
  const auto text = body.as_string();
  if (!text) return core::invalid_argument("its body is no text", "write json.dumps(body) in Python");
  response.body = std::string(*text);
  if (!json.find("isBase64Encoded").as_bool().value_or(false)) return {};
  auto decoded = core::base64_decode(*text);
  if (!decoded) return core::invalid_argument("its body is not base64");
  response.body = *std::move(decoded);
  return {};
}

std::optional<int> status_of(const JsonValue& json) {
  const JsonValue& code = json.find("statusCode");
  auto number = code.as_u64();
  if (const auto text = code.as_string()) number = core::parse_u64(*text);
  if (!number || *number < 200 || *number > 599) return std::nullopt;
  return static_cast<int>(*number);
}

// Format 2.0 takes any JSON for the body of a reply.
Response inferred(const JsonValue& json, std::string_view payload) {
  Response response;
  response.headers.add("Content-Type", "application/json");
  const auto text = json.as_string();
  response.body = std::string(text ? *text : payload);
  return response;
}

}  // namespace

Result<Response> read_gateway_reply(EndpointKind kind, std::string_view payload) {
  codec::JsonLimits limits;
  limits.max_size = core::kLambdaReply;
  const auto json = JsonValue::parse(payload, limits);
  if (!json) return core::invalid_argument("it is no JSON: " + json.error().message);
  const bool is_v1 = kind == EndpointKind::rest_api;
  if (!is_v1 && !json->contains("statusCode")) return inferred(*json, payload);
  if (is_v1) {
    if (auto known = check_members(*json); !known) return std::move(known).error();
  }
  Response response;
  const auto status = status_of(*json);
  if (!status) return core::invalid_argument("its statusCode is no number from 200 to 599");
  response.status = *status;
  if (auto added = is_v1 ? add_merged_headers(response, *json) : add_headers_and_cookies(response, *json); !added)
    return std::move(added).error();
  if (auto added = add_body(response, *json); !added) return std::move(added).error();
  if (!response.headers.contains("Content-Type")) {
    response.headers.add("Content-Type", is_v1 ? "application/json" : "text/plain;charset=UTF-8");
  }
  return response;
}

}  // namespace cloudkit::inline v0::local::functions

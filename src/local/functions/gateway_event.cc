#include "local/functions/gateway_event.h"

#include "codec/http_event.h"
#include "codec/json.h"
#include "core/encode.h"
#include "core/form.h"
#include "core/time.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>

namespace cloudkit::inline v0::local::functions {
namespace {

using codec::JsonWriter;
using Values = std::map<std::string, std::vector<std::string>>;

constexpr std::string_view kAccount = "000000000000";
constexpr std::string_view kClient = "127.0.0.1";

// Bytes of headers and queries are whatever the client sent; JSON takes Unicode only.
std::string as_text(std::string_view bytes) {
  if (core::is_valid_utf8(bytes)) return std::string(bytes);
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += static_cast<char>(0xC0 | (byte >> 6));
      out += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return out;
}

Values query_of(std::string_view raw) {
  Values values;
  for (const auto& [name, value] : core::parse_form(raw)) values[as_text(name)].push_back(as_text(value));
  return values;
}

Values headers_of(const http::loopback::Request& request, bool lower_case) {
  Values values;
  for (const http::Header& header : request.headers) {
    values[lower_case ? core::to_lower(header.name) : header.name].push_back(as_text(header.value));
  }
  return values;
}

std::string joined(const std::vector<std::string>& values) { return fmt::format("{}", fmt::join(values, ",")); }

// An object of one text each, or null for nothing.
void write_single(JsonWriter& json, std::string_view name, const Values& values, bool last_only) {
  json.name(name);
  if (values.empty()) {
    json.null();
    return;
  }
  json.begin_object();
  for (const auto& [key, list] : values) json.name(key).string(last_only ? list.back() : joined(list));
  json.end_object();
}

void write_lists(JsonWriter& json, std::string_view name, const Values& values) {
  json.name(name);
  if (values.empty()) {
    json.null();
    return;
  }
  json.begin_object();
  for (const auto& [key, list] : values) {
    json.name(key).begin_array();
    for (const std::string& value : list) json.string(value);
    json.end_array();
  }
  json.end_object();
}

void write_parameters(JsonWriter& json, const Route& route) {
  Values parameters;
  for (const auto& [name, value] : route.path_parameters) parameters[name] = {as_text(value)};
  write_single(json, "pathParameters", parameters, true);
}

void write_base64_body(JsonWriter& json, std::string_view body) {
  json.name("body").string(core::base64_encode(body)).name("isBase64Encoded").boolean(true);
}

// What HTTP APIs and functions' URLs pass on as text; all else travels as base64, whatever its bytes are.
// https://aws.amazon.com/blogs/compute/handling-binary-data-using-amazon-api-gateway-http-apis/
bool is_text_type(std::string_view content_type) {
  constexpr std::array kTexts = {"application/json", "application/javascript", "application/xml"};
  const std::string type = core::to_lower(core::trim(content_type.substr(0, content_type.find(';'))));
  return type.starts_with("text/") || std::find(kTexts.begin(), kTexts.end(), type) != kTexts.end();
}

// "12/Mar/2020:19:03:58 +0000"
std::string gateway_time(std::chrono::system_clock::time_point time) {
  const std::string http = core::format_http_date(time);  // "Thu, 12 Mar 2020 19:03:58 GMT"
  return fmt::format("{}/{}/{}:{} +0000", http.substr(5, 2), http.substr(8, 3), http.substr(12, 4), http.substr(17, 8));
}

std::int64_t epoch_milliseconds(std::chrono::system_clock::time_point time) {
  return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

// "/dev/a%20b" as "/a%20b": the path as it was sent, in which the stage is a segment, whatever of it is encoded.
std::string path_below_stage(const GatewayRequest& gateway) {
  if (gateway.route.endpoint.stage.empty()) return gateway.raw_path;
  const std::size_t slash = gateway.raw_path.find('/', 1);
  return slash == std::string::npos ? "/" : gateway.raw_path.substr(slash);
}

Result<std::string> make_v1(const GatewayRequest& gateway, const http::loopback::Request& request) {
  const Endpoint& endpoint = gateway.route.endpoint;
  JsonWriter json;
  json.begin_object().name("resource").string(endpoint.path);
  json.name("path").string(as_text(path_below_stage(gateway))).name("httpMethod").string(request.method);
  const Values headers = headers_of(request, false);
  write_single(json, "headers", headers, true);
  write_lists(json, "multiValueHeaders", headers);
  const Values query = query_of(gateway.raw_query);
  write_single(json, "queryStringParameters", query, true);
  write_lists(json, "multiValueQueryStringParameters", query);
  write_parameters(json, gateway.route);
  json.name("stageVariables").null().name("requestContext").begin_object();
  json.name("accountId").string(kAccount).name("apiId").string(codec::kLocalApi).name("resourceId").string(endpoint.id);
  json.name("resourcePath").string(endpoint.path).name("httpMethod").string(request.method);
  json.name("path").string(as_text(gateway.raw_path)).name("protocol").string("HTTP/1.1");
  json.name("stage").string(endpoint.stage).name("domainName").string(gateway.authority);
  json.name("domainPrefix").string(codec::kLocalApi).name("requestId").string(gateway.request_id);
  json.name("extendedRequestId").string(gateway.request_id).name("requestTime").string(gateway_time(gateway.time));
  json.name("requestTimeEpoch").number(epoch_milliseconds(gateway.time)).name("identity").begin_object();
  json.name("sourceIp").string(kClient).name("userAgent").string(as_text(request.headers.get("User-Agent")));
  json.end_object().end_object();
  if (request.body.empty()) {
    json.name("body").null().name("isBase64Encoded").boolean(false);
  } else {
    write_base64_body(json, request.body);  // As with the binaryMediaTypes */* of cloudkit's REST APIs.
  }
  return json.end_object().finish();
}

void write_cookies(JsonWriter& json, const std::vector<std::string>& headers) {
  json.name("cookies").begin_array();
  for (std::string_view rest : headers) {
    while (!rest.empty()) {
      const std::string_view cookie = rest.substr(0, rest.find(';'));
      rest.remove_prefix(std::min(rest.size(), cookie.size() + 1));
      if (!core::trim(cookie).empty()) json.string(core::trim(cookie));
    }
  }
  json.end_array();
}

Result<std::string> make_v2(const GatewayRequest& gateway, const http::loopback::Request& request) {
  const Endpoint& endpoint = gateway.route.endpoint;
  const bool is_url = endpoint.kind == EndpointKind::url;
  const std::string route_key = is_url ? "$default" : fmt::format("{} {}", endpoint.method, endpoint.path);
  // HTTP APIs decode it, functions' URLs do not.
  const std::string path = as_text(is_url ? gateway.raw_path : gateway.path);
  Values headers = headers_of(request, true);
  JsonWriter json;
  json.begin_object().name("version").string("2.0").name("routeKey").string(route_key);
  json.name("rawPath").string(path).name("rawQueryString").string(as_text(gateway.raw_query));
  if (const auto cookies = headers.find("cookie"); cookies != headers.end()) {
    write_cookies(json, cookies->second);
    headers.erase(cookies);
  }
  write_single(json, "headers", headers, false);
  const Values query = query_of(gateway.raw_query);
  if (!query.empty()) write_single(json, "queryStringParameters", query, false);
  if (!gateway.route.path_parameters.empty()) write_parameters(json, gateway.route);
  json.name("requestContext").begin_object().name("accountId").string(kAccount).name("apiId");
  json.string(codec::kLocalApi).name("domainName").string(gateway.authority);
  json.name("domainPrefix").string(codec::kLocalApi).name("http").begin_object();
  json.name("method").string(request.method).name("path").string(path);
  json.name("protocol").string("HTTP/1.1").name("sourceIp").string(kClient);
  json.name("userAgent").string(as_text(request.headers.get("User-Agent"))).end_object();
  json.name("requestId").string(gateway.request_id).name("routeKey").string(route_key);
  json.name("stage").string(endpoint.stage.empty() ? "$default" : endpoint.stage);
  json.name("time").string(gateway_time(gateway.time)).name("timeEpoch").number(epoch_milliseconds(gateway.time));
  json.end_object();
  if (request.body.empty()) {
    json.name("isBase64Encoded").boolean(false);
  } else if (is_text_type(request.headers.get("Content-Type"))) {
    codec::write_http_body(json, request.body);
  } else {
    write_base64_body(json, request.body);
  }
  return json.end_object().finish();
}

}  // namespace

Result<std::string> make_gateway_event(const GatewayRequest& gateway, const http::loopback::Request& request) {
  return gateway.route.endpoint.kind == EndpointKind::rest_api ? make_v1(gateway, request) : make_v2(gateway, request);
}

}  // namespace cloudkit::inline v0::local::functions

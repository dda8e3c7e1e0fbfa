#include "codec/http_reply.h"
#include "core/encode.h"
#include "core/form.h"
#include "core/random.h"
#include "serve/call.h"
#include "serve/custom_handler.h"
#include "serve/http_server.h"
#include "serve/http_trigger.h"

#include <array>
#include <utility>

namespace cloudkit::inline v0::serving {
namespace {

using http::loopback::Request;
using http::loopback::Response;

// The first that is there, or "".
template <std::size_t N>
std::string first_header(const Request& request, const std::array<std::string_view, N>& names) {
  for (const std::string_view name : names) {
    if (const std::string* const value = request.headers.find(name)) return *value;
  }
  return {};
}

Invocation invocation_of(const Request& request, const Context& context) {
  constexpr std::array<std::string_view, 3> kIds{"X-Azure-Functions-InvocationId", "Ce-Id", "X-Request-Id"};
  constexpr std::array<std::string_view, 2> kTraces{"Traceparent", "X-Cloud-Trace-Context"};
  Invocation invocation;
  invocation.payload = request.body;
  invocation.request_id = first_header(request, kIds);
  if (invocation.request_id.empty()) invocation.request_id = core::random_hex(16);
  invocation.trace_id = first_header(request, kTraces);
  invocation.context = context;
  return invocation;
}

Response json_response(int status, std::string body) {
  Response response;
  response.status = status;
  response.headers.add("Content-Type", "application/json");
  response.body = std::move(body);
  return response;
}

HttpRequest read_request(const Request& request, const Context& context) {
  const std::string_view target = request.target;
  const std::string_view path = target.substr(0, target.find('?'));
  HttpRequest read;
  read.method = request.method;
  read.path = core::percent_decode(path).value_or(std::string(path));
  if (path.size() < target.size()) read.raw_query = target.substr(path.size() + 1);
  read.query = core::parse_form(read.raw_query);
  for (const http::Header& header : request.headers) {
    read.headers.emplace_back(core::to_lower(header.name), header.value);
    if (read.headers.back().first == "cookie") codec::append_cookies(read.cookies, header.value);
  }
  read.source_ip = codec::client_of(read.headers);
  read.body = request.body;
  read.invocation = invocation_of(request, context);
  return read;
}

}  // namespace

http::loopback::Handler event_endpoint(const Host& host, Handler handler) {
  const bool may_be_wrapped = host.kind == Host::Kind::custom_handler;
  return [may_be_wrapped, handler = std::move(handler)](const Request& request, const Context& context) {
    if (request.method != "POST" && request.method != "PUT") {
      Response refused = json_response(405, R"({"errorMessage":"send an event by POST"})");
      refused.headers.add("Allow", "POST, PUT");
      return refused;
    }
    Invocation invocation = invocation_of(request, context);
    const auto unwrapped = may_be_wrapped ? payload_of_bindings(request.body) : std::nullopt;
    if (unwrapped) invocation.payload = *unwrapped;
    if (invocation.payload.empty()) invocation.payload = "{}";
    Outcome outcome = call(handler, invocation);
    if (outcome.failure) return json_response(500, to_json(*outcome.failure));
    return json_response(200, unwrapped ? reply_for_bindings(outcome.reply) : std::move(outcome.reply));
  };
}

http::loopback::Handler http_endpoint(HttpHandler handler) {
  return [handler = std::move(handler)](const Request& request, const Context& context) {
    HttpResponse reply = answer(handler, read_request(request, context));
    Response response;
    response.status = reply.status;
    for (auto& [name, value] : codec::reply_headers(reply).value()) response.headers.add(name, value);
    for (std::string& cookie : reply.cookies) response.headers.add("Set-Cookie", std::move(cookie));
    response.body = std::move(reply.body);
    return response;
  };
}

}  // namespace cloudkit::inline v0::serving

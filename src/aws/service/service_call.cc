#include "aws/service/service_call.h"

#include "aws/service/reply.h"
#include "core/encode.h"
#include "core/fail.h"
#include "http/request_id.h"

#include <fmt/format.h>

#include <utility>

namespace cloudkit::inline v0::aws::service {
namespace {

Result<http::Method> method_of(const ServiceCall& call) {
  using http::Method;
  if (call.method.empty()) return call.body.empty() ? Method::get : Method::post;
  for (const Method method : {Method::get, Method::head, Method::put, Method::post, Method::remove}) {
    if (to_string(method) == call.method) return method;
  }
  return core::invalid_argument(fmt::format("\"{}\" is no method", core::printable_excerpt(call.method, 20)),
                                "it is one of GET, HEAD, PUT, POST, DELETE");
}

Result<Call> rest_call_of(const ServiceCall& call) {
  if (!call.action.empty()) {
    return core::invalid_argument("ServiceCall::action is set, but this service goes by method and path");
  }
  if (!call.path.starts_with('/')) return core::invalid_argument("ServiceCall::path does not begin with /");
  auto method = method_of(call);
  if (!method) return std::move(method).error();
  Call made = rest_call(*method, call.path);
  made.query = call.parameters;
  made.body = call.body;
  if (!call.body.empty()) made.headers.add("content-type", call.content_type);
  return made;
}

Result<Call> action_call_of(const ServiceDescription& service, const ServiceCall& call) {
  if (call.action.empty()) return core::invalid_argument("ServiceCall::action is empty, but this service goes by it");
  if (call.path != "/" || !call.method.empty()) {
    return core::invalid_argument("ServiceCall::path or method is set, but this service goes by action");
  }
  if (service.protocol == ServiceProtocol::json) {
    if (!call.parameters.empty()) {
      return core::invalid_argument("ServiceCall::parameters are set, but this service takes a body of JSON");
    }
    return json_call(service.target, call.action, service.version, call.body.empty() ? "{}" : call.body);
  }
  if (!call.body.empty()) {
    return core::invalid_argument("ServiceCall::body is set, but this service takes parameters");
  }
  Form form(call.action, service.version);
  for (const auto& [name, value] : call.parameters) form.add(name, value);
  return form_call(std::move(form));
}

}  // namespace

Result<Call> call_of(const ServiceDescription& service, const ServiceCall& call) {
  auto made = service.protocol == ServiceProtocol::rest_json ? rest_call_of(call) : action_call_of(service, call);
  if (!made) return made;
  for (const auto& [name, value] : call.headers) made->headers.set(name, value);
  if (call.repeatable) made->idempotent = *call.repeatable;
  made->thinking_time = call.thinking_time;
  return made;
}

ServiceReply reply_of(http::Response response) {
  ServiceReply reply;
  reply.status = response.status;
  reply.request_id = http::request_id_of(response.headers);
  reply.attempts = response.attempts;
  for (const http::Header& header : response.headers) reply.headers.emplace_back(header.name, header.value);
  reply.body = std::move(response.body);
  return reply;
}

}  // namespace cloudkit::inline v0::aws::service

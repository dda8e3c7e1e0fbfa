#include "aws/service/call.h"

#include "aws/service_endpoint.h"

#include <fmt/format.h>

#include <utility>

namespace cloudkit::inline v0::aws::service {

Call rest_call(http::Method method, std::string path, std::string json) {
  Call call;
  call.method = method;
  call.path = std::move(path);
  call.idempotent = method != http::Method::post;
  if (!json.empty()) call.headers.add("content-type", "application/json");
  call.body = std::move(json);
  return call;
}

Result<Call> rest_call(http::Method method, std::string path, codec::JsonWriter& open_object) {
  return open_object.end_object().finish().map(
      [&](std::string json) { return rest_call(method, std::move(path), std::move(json)); });
}

Call json_call(std::string_view target, std::string_view action, std::string_view version, std::string json) {
  Call call;
  call.headers.add("content-type", fmt::format("application/x-amz-json-{}", version));
  call.headers.add("x-amz-target", fmt::format("{}.{}", target, action));
  call.body = std::move(json);
  return call;
}

Result<Call> json_call(std::string_view target, std::string_view action, std::string_view version,
                       codec::JsonWriter& open_object) {
  return open_object.end_object().finish().map(
      [&](std::string json) { return json_call(target, action, version, std::move(json)); });
}

Call form_call(Form form) {
  Call call;
  call.headers.add("content-type", std::string(kFormType));
  call.body = std::move(form).text();
  return call;
}

Call repeatable(Call call) {
  call.idempotent = true;
  return call;
}

Call question(Call call) {
  call.idempotent = call.read_only = true;
  return call;
}

http::Request request_of(const Endpoint& endpoint, const Call& call) {
  http::Request request = request_to(endpoint, call.method, call.path);
  request.query = call.query;
  request.headers = call.headers;
  request.body = call.body;
  request.idempotent = call.idempotent;
  request.thinking_time = call.thinking_time;
  request.read_only = call.read_only;
  return request;
}

}  // namespace cloudkit::inline v0::aws::service

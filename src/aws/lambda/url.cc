#include "aws/lambda/url.h"

#include "aws/lambda/permissions.h"
#include "aws/lambda/protocol.h"
#include "aws/service/absence.h"
#include "aws/service/reply.h"
#include "codec/json.h"
#include "core/fail.h"

#include <array>
#include <utility>

namespace cloudkit::inline v0::aws::lambda {
namespace {

using http::Method;
using service::Call;

Result<std::string> url_path(std::string_view function) { return function_path(function, "/url", "2021-10-31"); }

Result<Call> with_auth_type(Method method, std::string_view function, bool is_public) {
  auto path = url_path(function);
  if (!path) return std::move(path).error();
  return service::rest_call(method, *std::move(path),
                            is_public ? R"({"AuthType":"NONE"})" : R"({"AuthType":"AWS_IAM"})");
}

// Since October 2025 a URL that anybody may call needs both; one alone answers 403.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
std::array<Permission, 2> public_permissions() {
  Permission url{"lambda:InvokeFunctionUrl", "*", {}, "NONE", false};
  Permission function{"lambda:InvokeFunction", "*", {}, {}, true};
  return {std::move(url), std::move(function)};
}

Status set_public(service::Client& lambda, std::string_view function, bool is_public, const Context& context) {
  for (const Permission& permission : public_permissions()) {
    auto set = is_public ? grant(lambda, function, permission, context) : revoke(lambda, function, permission, context);
    if (!set) return set;
  }
  return {};
}

Result<cloudkit::Endpoint> send_for_url(service::Client& lambda, const Result<Call>& call, const Context& context) {
  const auto reply = lambda.send(call, context);
  if (!reply) return reply.error();
  return read_function_url(*reply);
}

}  // namespace

Result<Call> get_function_url(std::string_view function) {
  auto path = url_path(function);
  if (!path) return std::move(path).error();
  return service::rest_call(Method::get, *std::move(path));
}

Result<Call> create_function_url(std::string_view function, bool is_public) {
  return with_auth_type(Method::post, function, is_public);
}

Result<Call> update_function_url(std::string_view function, bool is_public) {
  return with_auth_type(Method::put, function, is_public);
}

Result<Call> delete_function_url(std::string_view function) {
  auto path = url_path(function);
  if (!path) return std::move(path).error();
  return service::rest_call(Method::remove, *std::move(path));
}

Result<cloudkit::Endpoint> read_function_url(const http::Response& response) {
  const auto json = service::read_json(response);
  if (!json) return json.error();
  cloudkit::Endpoint endpoint;
  endpoint.url = service::text_at(*json, "FunctionUrl");
  if (endpoint.url.empty()) return service::unexpected_reply("it has no FunctionUrl", response);
  endpoint.id = service::text_at(*json, "FunctionArn");
  endpoint.kind = EndpointKind::url;
  endpoint.method = "ANY";
  endpoint.path = "/";
  endpoint.is_public = service::text_at(*json, "AuthType") == "NONE";
  return endpoint;
}

Result<cloudkit::Endpoint> expose_by_url(service::Client& lambda, std::string_view function, const EndpointSpec& spec) {
  if (spec.method != "ANY" || spec.path != "/" || !spec.stage.empty()) {
    return core::invalid_argument("a Function URL is for every method and path, and has no stage",
                                  "leave out method, path and stage, or take another kind of endpoint");
  }
  const auto present = find_url(lambda, function, spec.context);
  if (!present) return present.error();
  // What may be called is allowed last, and forbidden first.
  if (!spec.is_public) {
    if (auto set = set_public(lambda, function, false, spec.context); !set) return std::move(set).error();
  }
  Result<cloudkit::Endpoint> endpoint = present->value_or(cloudkit::Endpoint{});
  if (!*present) {
    endpoint = send_for_url(lambda, create_function_url(function, spec.is_public), spec.context);
  } else if ((*present)->is_public != spec.is_public) {
    endpoint = send_for_url(lambda, update_function_url(function, spec.is_public), spec.context);
  }
  if (!endpoint || !spec.is_public) return endpoint;
  if (auto set = set_public(lambda, function, true, spec.context); !set) return std::move(set).error();
  return endpoint;
}

Result<std::optional<cloudkit::Endpoint>> find_url(service::Client& lambda, std::string_view function,
                                                   const Context& context) {
  return service::if_there(send_for_url(lambda, get_function_url(function), context));
}

Status unexpose_url(service::Client& lambda, std::string_view function, const Context& context) {
  if (auto closed = service::gone(lambda.send(delete_function_url(function), context)); !closed) return closed;
  return set_public(lambda, function, false, context);
}

}  // namespace cloudkit::inline v0::aws::lambda

#include "aws/lambda/permissions.h"

#include "aws/lambda/protocol.h"
#include "aws/service/absence.h"
#include "codec/json.h"
#include "core/encode.h"
#include "crypto/digest.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::aws::lambda {

std::string statement_id(const Permission& permission) {
  const std::string all =
      fmt::format("{}\n{}\n{}\n{}\n{}\n{}", permission.action, permission.principal, permission.source_arn,
                  permission.url_auth_type, permission.via_function_url, permission.purpose);
  return fmt::format("cloudkit-{}", core::hex_encode(crypto::sha256(all)).substr(0, 24));
}

Result<service::Call> add_permission(std::string_view function, const Permission& permission) {
  auto path = function_path(function, "/policy");
  if (!path) return std::move(path).error();
  codec::JsonWriter json;
  json.begin_object().name("StatementId").string(statement_id(permission));
  json.name("Action").string(permission.action).name("Principal").string(permission.principal);
  if (!permission.source_arn.empty()) json.name("SourceArn").string(permission.source_arn);
  if (!permission.url_auth_type.empty()) json.name("FunctionUrlAuthType").string(permission.url_auth_type);
  if (permission.via_function_url) json.name("InvokedViaFunctionUrl").boolean(true);
  auto call = service::rest_call(http::Method::post, *std::move(path), json);
  // A second one of the same id is refused, and that is success.
  if (call) call->idempotent = true;
  return call;
}

Result<service::Call> remove_permission(std::string_view function, const Permission& permission) {
  auto path = function_path(function, fmt::format("/policy/{}", statement_id(permission)));
  if (!path) return std::move(path).error();
  return service::rest_call(http::Method::remove, *std::move(path));
}

Status grant(service::Client& lambda, std::string_view function, const Permission& permission, const Context& context) {
  const auto reply = lambda.send(add_permission(function, permission), context);
  if (reply || reply.error().code == ErrorCode::already_exists) return {};
  return reply.error();
}

Status revoke(service::Client& lambda, std::string_view function, const Permission& permission,
              const Context& context) {
  return service::gone(lambda.send(remove_permission(function, permission), context));
}

}  // namespace cloudkit::inline v0::aws::lambda

#pragma once

#include "aws/lambda/function_ref.h"
#include "aws/lambda/permissions.h"
#include "aws/service/client.h"

#include <cloudkit/function_types.h>

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// What both versions of API Gateway share. Each function has an API of its own for each stage, found by its tags:
/// names are not unique.
namespace cloudkit::inline v0::aws::apigateway {

inline constexpr std::string_view kFunctionTag = "cloudkit:function";
inline constexpr std::string_view kStageTag = "cloudkit:stage";

struct Api {
  std::string id = {};
  std::string url = {};  ///< Where it begins: "https://ID.execute-api.…", without a stage.
  std::map<std::string, std::string> tags = {};
  std::chrono::system_clock::time_point created = {};

  bool is_of(std::string_view function) const;
  std::string stage() const;
};

/// Of a function's APIs, that of a stage; null: there is none. Two deployers that make one each at the same time take
/// the same, and the other goes: the older one stays, of which others may know already.
const Api* chosen(const std::vector<Api>& apis, std::string_view stage);

std::map<std::string, std::string> tags_of(std::string_view function, std::string_view stage);
/// "cloudkit-hello"
std::string api_name(std::string_view function);
/// "https://ID.execute-api.us-west-2.amazonaws.com"
std::string api_url(std::string_view id, std::string_view region);

/// "AWS_IAM" or "NONE".
std::string_view authorization_of(bool is_public) noexcept;

/// That an API may invoke the function for one method and path of any stage. A parameter in the path is anything. An
/// HTTP API asks with any method; each of its routes still has a statement of its own.
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
lambda::Permission permission_for(const lambda::FunctionRef& function, EndpointKind kind, std::string_view api_id,
                                  std::string_view method, std::string_view path);

}  // namespace cloudkit::inline v0::aws::apigateway

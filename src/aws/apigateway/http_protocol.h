#pragma once

#include "aws/apigateway/trigger.h"
#include "aws/service/call.h"

#include <string>
#include <string_view>
#include <vector>

/// HTTP APIs: version 2. Their stages show every change at once.
/// https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/operations.html
namespace cloudkit::inline v0::aws::apigateway {

struct HttpRoute {
  std::string id = {};
  std::string key = {};            ///< "GET /hello"
  std::string target = {};         ///< "integrations/ID"
  std::string authorization = {};  ///< "NONE" or "AWS_IAM"
};

struct HttpIntegration {
  std::string id = {};
  std::string uri = {};  ///< The function's ARN.
};

service::Call list_http_apis(std::string_view token);
Result<service::Call> create_http_api(std::string_view function, std::string_view stage);
service::Call delete_http_api(std::string_view api);
service::Call list_http_integrations(std::string_view api, std::string_view token);
Result<service::Call> create_http_integration(std::string_view api, std::string_view function_arn);
service::Call list_http_routes(std::string_view api, std::string_view token);
Result<service::Call> create_http_route(std::string_view api, const HttpRoute& route);
service::Call delete_http_route(std::string_view api, std::string_view route);
service::Call list_http_stages(std::string_view api, std::string_view token);
Result<service::Call> create_http_stage(std::string_view api, std::string_view stage);

template <class Item>
struct HttpPage {
  std::vector<Item> items = {};
  std::string token = {};  ///< Of the next page; empty: there is none.
};
/// All below. Errors: `unknown`.
Result<HttpPage<Api>> read_http_apis(const http::Response& response);
Result<Api> read_http_api(const http::Response& response);
Result<HttpPage<HttpIntegration>> read_http_integrations(const http::Response& response);
Result<HttpPage<HttpRoute>> read_http_routes(const http::Response& response);
Result<HttpPage<std::string>> read_http_stages(const http::Response& response);
Result<std::string> read_http_integration_id(const http::Response& response);

}  // namespace cloudkit::inline v0::aws::apigateway

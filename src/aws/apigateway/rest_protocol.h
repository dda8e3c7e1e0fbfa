#pragma once

#include "aws/apigateway/trigger.h"
#include "aws/service/call.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

/// REST APIs: version 1. What callers see is a stage, a copy that a deployment makes.
/// https://docs.aws.amazon.com/apigateway/latest/api/API_Operations.html
namespace cloudkit::inline v0::aws::apigateway {

struct RestMethod {
  std::string resource_id = {};
  std::string path = {};
  std::string method = {};
  std::string authorization = {};
  std::string uri = {};  ///< Of what answers.
};

struct RestResources {
  std::map<std::string, std::string> id_of_path = {};  ///< With "/".
  std::vector<RestMethod> methods = {};

  const RestMethod* find(std::string_view method, std::string_view path) const;
};

/// By which Lambda is the backend of a method.
std::string integration_uri(const lambda::FunctionRef& function);
/// Of all methods: a stage with the same digest shows them as they are.
std::string digest_of(const RestResources& resources);

service::Call list_rest_apis(std::string_view position);
Result<service::Call> create_rest_api(std::string_view function, std::string_view stage);
service::Call get_rest_resources(std::string_view api);
Result<service::Call> create_rest_resource(std::string_view api, std::string_view parent, std::string_view part);
Result<service::Call> put_rest_method(std::string_view api, const RestMethod& method);
/// It calls Lambda by POST, whatever the method is that callers use.
Result<service::Call> put_rest_integration(std::string_view api, const RestMethod& method);
service::Call delete_rest_method(std::string_view api, const RestMethod& method);
/// The digest is kept in a variable of the stage.
Result<service::Call> deploy_rest_api(std::string_view api, std::string_view stage, std::string_view digest);
service::Call get_rest_stage(std::string_view api, std::string_view stage);
service::Call delete_rest_api(std::string_view api);

struct RestApiPage {
  std::vector<Api> apis = {};
  std::string position = {};  ///< Of the next page; empty: there is none.
};
/// All below. Errors: `unknown`.
Result<RestApiPage> read_rest_apis(const http::Response& response, std::string_view region);
Result<Api> read_rest_api(const http::Response& response, std::string_view region);
Result<RestResources> read_rest_resources(const http::Response& response);
Result<std::string> read_rest_resource_id(const http::Response& response);
/// The digest that a stage was deployed with, or "".
Result<std::string> read_rest_stage_digest(const http::Response& response);

}  // namespace cloudkit::inline v0::aws::apigateway

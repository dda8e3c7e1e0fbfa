#include "aws/apigateway/rest_protocol.h"

#include "aws/service/reply.h"
#include "codec/json.h"
#include "core/encode.h"
#include "core/time.h"
#include "crypto/digest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace cloudkit::inline v0::aws::apigateway {
namespace {

using codec::JsonValue;
using codec::JsonWriter;
using http::Method;
using service::Call;
using service::text_at;

// Also the largest page. https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
constexpr std::string_view kLargestPage = "500";
constexpr std::string_view kDigestVariable = "cloudkit";
constexpr double kLastSecond = 253402300799;  // Of the year 9999.

std::string method_path(std::string_view api, const RestMethod& method, std::string_view rest = {}) {
  return fmt::format("/restapis/{}/resources/{}/methods/{}{}", api, method.resource_id, method.method, rest);
}

Api api_of(const JsonValue& json, std::string_view region) {
  Api api;
  api.id = text_at(json, "id");
  api.url = api_url(api.id, region);
  api.tags = service::texts_at(json, "tags");
  const double seconds = json.find("createdDate").as_double().value_or(0);
  api.created = core::from_unix(static_cast<std::int64_t>(std::clamp(seconds, 0.0, kLastSecond)), 0);
  return api;
}

void read_methods(const JsonValue& resource, RestResources& resources) {
  const std::string id = text_at(resource, "id");
  const std::string path = text_at(resource, "path");
  resources.id_of_path.emplace(path, id);
  for (const codec::JsonMember& method : resource.find("resourceMethods").members()) {
    resources.methods.push_back({id, path, method.name, text_at(method.value, "authorizationType"),
                                 text_at(method.value.find("methodIntegration"), "uri")});
  }
}

}  // namespace

const RestMethod* RestResources::find(std::string_view method, std::string_view path) const {
  const auto found = std::find_if(methods.begin(), methods.end(), [&](const RestMethod& candidate) {
    return candidate.method == method && candidate.path == path;
  });
  return found == methods.end() ? nullptr : &*found;
}

std::string integration_uri(const lambda::FunctionRef& function) {
  return fmt::format("arn:{}:apigateway:{}:lambda:path/2015-03-31/functions/{}/invocations", function.partition,
                     function.region, function.arn);
}

std::string digest_of(const RestResources& resources) {
  std::vector<std::string> lines;
  lines.reserve(resources.methods.size());
  for (const RestMethod& method : resources.methods) {
    lines.push_back(fmt::format("{} {} {} {}\n", method.method, method.path, method.authorization, method.uri));
  }
  std::sort(lines.begin(), lines.end());
  return core::hex_encode(crypto::sha256(fmt::format("{}", fmt::join(lines, ""))));
}

Call list_rest_apis(std::string_view position) {
  Call call = service::rest_call(Method::get, "/restapis");
  call.query.emplace_back("limit", kLargestPage);
  if (!position.empty()) call.query.emplace_back("position", position);
  return call;
}

Result<Call> create_rest_api(std::string_view function, std::string_view stage) {
  JsonWriter json;
  json.begin_object().name("name").string(api_name(function));
  json.name("endpointConfiguration").begin_object();
  json.name("types").begin_array().string("REGIONAL").end_array().end_object();
  // Bodies of every type arrive as they were sent: in base64.
  json.name("binaryMediaTypes").begin_array().string("*/*").end_array();
  json.name("tags").begin_object();
  for (const auto& [key, value] : tags_of(function, stage)) json.name(key).string(value);
  return service::rest_call(Method::post, "/restapis", json.end_object());
}

Call get_rest_resources(std::string_view api) {
  Call call = service::rest_call(Method::get, fmt::format("/restapis/{}/resources", api));
  call.query = {{"limit", std::string(kLargestPage)}, {"embed", "methods"}};
  return call;
}

Result<Call> create_rest_resource(std::string_view api, std::string_view parent, std::string_view part) {
  JsonWriter json;
  json.begin_object().name("pathPart").string(part);
  return service::rest_call(Method::post, fmt::format("/restapis/{}/resources/{}", api, parent), json);
}

Result<Call> put_rest_method(std::string_view api, const RestMethod& method) {
  JsonWriter json;
  json.begin_object().name("authorizationType").string(method.authorization);
  auto call = service::rest_call(Method::put, method_path(api, method), json);
  // A second one is refused as a conflict.
  if (call) call->idempotent = false;
  return call;
}

Result<Call> put_rest_integration(std::string_view api, const RestMethod& method) {
  JsonWriter json;
  json.begin_object().name("type").string("AWS_PROXY").name("httpMethod").string("POST");
  json.name("uri").string(method.uri);
  return service::rest_call(Method::put, method_path(api, method, "/integration"), json);
}

Call delete_rest_method(std::string_view api, const RestMethod& method) {
  return service::rest_call(Method::remove, method_path(api, method));
}

Result<Call> deploy_rest_api(std::string_view api, std::string_view stage, std::string_view digest) {
  JsonWriter json;
  json.begin_object().name("stageName").string(stage).name("variables").begin_object();
  json.name(kDigestVariable).string(digest).end_object();
  return service::rest_call(Method::post, fmt::format("/restapis/{}/deployments", api), json);
}

Call get_rest_stage(std::string_view api, std::string_view stage) {
  return service::rest_call(Method::get, fmt::format("/restapis/{}/stages/{}", api, stage));
}

Call delete_rest_api(std::string_view api) {
  return service::rest_call(Method::remove, fmt::format("/restapis/{}", api));
}

Result<RestApiPage> read_rest_apis(const http::Response& response, std::string_view region) {
  const auto json = service::read_json(response);
  if (!json) return json.error();
  RestApiPage page;
  for (const JsonValue& item : json->find("item").items()) page.apis.push_back(api_of(item, region));
  page.position = text_at(*json, "position");
  return page;
}

Result<Api> read_rest_api(const http::Response& response, std::string_view region) {
  const auto json = service::read_json(response);
  if (!json) return json.error();
  Api api = api_of(*json, region);
  if (api.id.empty()) return service::unexpected_reply("it has no id", response);
  return api;
}

Result<RestResources> read_rest_resources(const http::Response& response) {
  const auto json = service::read_json(response);
  if (!json) return json.error();
  RestResources resources;
  for (const JsonValue& item : json->find("item").items()) read_methods(item, resources);
  if (resources.id_of_path.count("/") == 0) return service::unexpected_reply("it has no resource /", response);
  return resources;
}

Result<std::string> read_rest_resource_id(const http::Response& response) {
  const auto json = service::read_json(response);
  if (!json) return json.error();
  std::string id = text_at(*json, "id");
  if (id.empty()) return service::unexpected_reply("it has no id", response);
  return id;
}

Result<std::string> read_rest_stage_digest(const http::Response& response) {
  const auto json = service::read_json(response);
  if (!json) return json.error();
  return text_at(json->find("variables"), kDigestVariable);
}

}  // namespace cloudkit::inline v0::aws::apigateway

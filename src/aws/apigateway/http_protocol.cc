#include "aws/apigateway/http_protocol.h"

#include "aws/service/reply.h"
#include "codec/json.h"
#include "core/time.h"

#include <fmt/format.h>

#include <utility>

namespace cloudkit::inline v0::aws::apigateway {
namespace {

using codec::JsonValue;
using codec::JsonWriter;
using http::Method;
using service::Call;
using service::text_at;

Call http_list(std::string path, std::string_view token) {
  Call call = service::rest_call(Method::get, std::move(path));
  call.query.emplace_back("maxResults", "100");
  if (!token.empty()) call.query.emplace_back("nextToken", token);
  return call;
}

Api http_api_of(const JsonValue& json) {
  Api api;
  api.id = text_at(json, "apiId");
  api.url = text_at(json, "apiEndpoint");
  api.tags = service::texts_at(json, "tags");
  api.created = core::parse_rfc3339(text_at(json, "createdDate")).value_or(api.created);
  return api;
}

template <class Item, class Read>
Result<HttpPage<Item>> read_http_page(const http::Response& response, const Read& read) {
  const auto json = service::read_json(response);
  if (!json) return json.error();
  HttpPage<Item> page;
  for (const JsonValue& item : json->find("items").items()) page.items.push_back(read(item));
  page.token = text_at(*json, "nextToken");
  return page;
}

}  // namespace

Call list_http_apis(std::string_view token) { return http_list("/v2/apis", token); }

Result<Call> create_http_api(std::string_view function, std::string_view stage) {
  JsonWriter json;
  json.begin_object().name("name").string(api_name(function)).name("protocolType").string("HTTP");
  json.name("tags").begin_object();
  for (const auto& [key, value] : tags_of(function, stage)) json.name(key).string(value);
  return service::rest_call(Method::post, "/v2/apis", json.end_object());
}

Call delete_http_api(std::string_view api) {
  return service::rest_call(Method::remove, fmt::format("/v2/apis/{}", api));
}

Call list_http_integrations(std::string_view api, std::string_view token) {
  return http_list(fmt::format("/v2/apis/{}/integrations", api), token);
}

Result<Call> create_http_integration(std::string_view api, std::string_view function_arn) {
  JsonWriter json;
  json.begin_object().name("integrationType").string("AWS_PROXY").name("integrationUri").string(function_arn);
  json.name("integrationMethod").string("POST").name("payloadFormatVersion").string("2.0");
  return service::rest_call(Method::post, fmt::format("/v2/apis/{}/integrations", api), json);
}

Call list_http_routes(std::string_view api, std::string_view token) {
  return http_list(fmt::format("/v2/apis/{}/routes", api), token);
}

Result<Call> create_http_route(std::string_view api, const HttpRoute& route) {
  JsonWriter json;
  json.begin_object().name("routeKey").string(route.key).name("target").string(route.target);
  json.name("authorizationType").string(route.authorization);
  return service::rest_call(Method::post, fmt::format("/v2/apis/{}/routes", api), json);
}

Call delete_http_route(std::string_view api, std::string_view route) {
  return service::rest_call(Method::remove, fmt::format("/v2/apis/{}/routes/{}", api, route));
}

Call list_http_stages(std::string_view api, std::string_view token) {
  return http_list(fmt::format("/v2/apis/{}/stages", api), token);
}

Result<Call> create_http_stage(std::string_view api, std::string_view stage) {
  JsonWriter json;
  json.begin_object().name("stageName").string(stage).name("autoDeploy").boolean(true);
  return service::rest_call(Method::post, fmt::format("/v2/apis/{}/stages", api), json);
}

Result<HttpPage<Api>> read_http_apis(const http::Response& response) {
  return read_http_page<Api>(response, http_api_of);
}

Result<Api> read_http_api(const http::Response& response) {
  const auto json = service::read_json(response);
  if (!json) return json.error();
  Api api = http_api_of(*json);
  if (api.id.empty() || api.url.empty()) {
    return service::unexpected_reply("it has no apiId or no apiEndpoint", response);
  }
  return api;
}

Result<HttpPage<HttpIntegration>> read_http_integrations(const http::Response& response) {
  return read_http_page<HttpIntegration>(response, [](const JsonValue& item) {
    return HttpIntegration{text_at(item, "integrationId"), text_at(item, "integrationUri")};
  });
}

Result<HttpPage<HttpRoute>> read_http_routes(const http::Response& response) {
  return read_http_page<HttpRoute>(response, [](const JsonValue& item) {
    return HttpRoute{text_at(item, "routeId"), text_at(item, "routeKey"), text_at(item, "target"),
                     text_at(item, "authorizationType")};
  });
}

Result<HttpPage<std::string>> read_http_stages(const http::Response& response) {
  return read_http_page<std::string>(response, [](const JsonValue& item) { return text_at(item, "stageName"); });
}

Result<std::string> read_http_integration_id(const http::Response& response) {
  const auto json = service::read_json(response);
  if (!json) return json.error();
  std::string id = text_at(*json, "integrationId");
  if (id.empty()) return service::unexpected_reply("it has no integrationId", response);
  return id;
}

}  // namespace cloudkit::inline v0::aws::apigateway

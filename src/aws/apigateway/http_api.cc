#include "aws/apigateway/http_api.h"

#include "aws/service/absence.h"
#include "core/page_cursor.h"
#include "core/without_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cloudkit::inline v0::aws::apigateway {
namespace {

// The stage without a name in URLs.
constexpr std::string_view kDefaultStage = "$default";

using service::gone;

// All pages of a listing. `list` makes the call for a token, `read` the page.
template <class Item, class List, class Read>
Result<std::vector<Item>> all_of(service::Client& apis, const List& list, const Read& read, const Context& context) {
  std::vector<Item> all;
  core::PageCursor cursor;
  while (!cursor.done()) {
    const auto reply = apis.send(list(cursor.token()), context);
    if (!reply) return reply.error();
    auto page = read(*reply);
    if (!page) return std::move(page).error();
    std::move(page->items.begin(), page->items.end(), std::back_inserter(all));
    if (auto advanced = cursor.advance(std::move(page->token)); !advanced) return std::move(advanced).error();
  }
  return all;
}

Result<std::vector<Api>> http_apis_of(service::Client& apis, std::string_view function, const Context& context) {
  auto all = all_of<Api>(apis, list_http_apis, read_http_apis, context);
  if (all) std::erase_if(*all, [&](const Api& api) { return !api.is_of(function); });
  return all;
}

Result<std::vector<HttpRoute>> routes_of(service::Client& apis, std::string_view api, const Context& context) {
  return all_of<HttpRoute>(
      apis, [&](std::string_view token) { return list_http_routes(api, token); }, read_http_routes, context);
}

Result<Api> ensure_http_api(service::Client& apis, const lambda::FunctionRef& function, const EndpointSpec& spec) {
  auto present = http_apis_of(apis, function.name, spec.context);
  if (!present) return std::move(present).error();
  if (const Api* const found = chosen(*present, spec.stage)) return *found;
  const auto reply = apis.send(create_http_api(function.name, spec.stage), spec.context);
  if (!reply) return reply.error();
  auto made = read_http_api(*reply);
  if (!made) return made;
  present = http_apis_of(apis, function.name, spec.context);
  if (!present) return std::move(present).error();
  const Api* const kept = chosen(*present, spec.stage);
  if (kept == nullptr || kept->id == made->id) return made;
  auto removed = gone(apis.send(delete_http_api(made->id), spec.context));
  if (!removed) return std::move(removed).error();
  return *kept;
}

Result<std::string> ensure_integration(service::Client& apis, std::string_view api, const lambda::FunctionRef& function,
                                       const Context& context) {
  const auto present = all_of<HttpIntegration>(
      apis, [&](std::string_view token) { return list_http_integrations(api, token); }, read_http_integrations,
      context);
  if (!present) return present.error();
  for (const HttpIntegration& integration : *present) {
    if (integration.uri == function.arn) return integration.id;
  }
  const auto reply = apis.send(create_http_integration(api, function.arn), context);
  if (!reply) return reply.error();
  return read_http_integration_id(*reply);
}

Status ensure_route(service::Client& apis, std::string_view api, const HttpRoute& wanted, const Context& context) {
  const auto routes = routes_of(apis, api, context);
  if (!routes) return routes.error();
  for (const HttpRoute& route : *routes) {
    if (route.key != wanted.key) continue;
    if (route.target == wanted.target && route.authorization == wanted.authorization) return {};
    if (auto removed = gone(apis.send(delete_http_route(api, route.id), context)); !removed) return removed;
  }
  return core::without_value(apis.send(create_http_route(api, wanted), context));
}

Status ensure_stage(service::Client& apis, std::string_view api, std::string_view stage, const Context& context) {
  const auto stages = all_of<std::string>(
      apis, [&](std::string_view token) { return list_http_stages(api, token); }, read_http_stages, context);
  if (!stages) return stages.error();
  if (std::find(stages->begin(), stages->end(), stage) != stages->end()) return {};
  return core::without_value(apis.send(create_http_stage(api, stage), context));
}

cloudkit::Endpoint http_endpoint_of(const Api& api, const HttpRoute& route) {
  const std::size_t blank = std::min(route.key.find(' '), route.key.size());
  cloudkit::Endpoint endpoint;
  endpoint.id = api.id;
  endpoint.kind = EndpointKind::http_api;
  endpoint.method = route.key.substr(0, blank);
  endpoint.path = blank < route.key.size() ? route.key.substr(blank + 1) : "/";
  endpoint.stage = api.stage();
  endpoint.is_public = route.authorization == authorization_of(true);
  endpoint.url = api.url + (endpoint.stage.empty() ? "" : "/" + endpoint.stage) +
                 (endpoint.path == "/" && !endpoint.stage.empty() ? "" : endpoint.path);
  return endpoint;
}

}  // namespace

Result<cloudkit::Endpoint> expose_by_http_api(Gateways gateways, const lambda::FunctionRef& function,
                                              const EndpointSpec& spec) {
  const auto api = ensure_http_api(gateways.apis, function, spec);
  if (!api) return api.error();
  const auto integration = ensure_integration(gateways.apis, api->id, function, spec.context);
  if (!integration) return integration.error();
  const HttpRoute route{{},
                        fmt::format("{} {}", spec.method, spec.path),
                        fmt::format("integrations/{}", *integration),
                        std::string(authorization_of(spec.is_public))};
  const lambda::Permission permission =
      permission_for(function, EndpointKind::http_api, api->id, spec.method, spec.path);
  if (auto granted = lambda::grant(gateways.lambda, function.name, permission, spec.context); !granted) {
    return std::move(granted).error();
  }
  if (auto made = ensure_route(gateways.apis, api->id, route, spec.context); !made) return std::move(made).error();
  const std::string_view stage = spec.stage.empty() ? kDefaultStage : std::string_view(spec.stage);
  if (auto made = ensure_stage(gateways.apis, api->id, stage, spec.context); !made) return std::move(made).error();
  return http_endpoint_of(*api, route);
}

Result<std::vector<cloudkit::Endpoint>> list_http_endpoints(Gateways gateways, std::string_view function,
                                                            const Context& context) {
  const auto apis = http_apis_of(gateways.apis, function, context);
  if (!apis) return apis.error();
  std::vector<cloudkit::Endpoint> all;
  for (const Api& api : *apis) {
    const auto routes = routes_of(gateways.apis, api.id, context);
    if (!routes) return routes.error();
    for (const HttpRoute& route : *routes) all.push_back(http_endpoint_of(api, route));
    // What an interruption left can be removed, too.
    if (routes->empty()) all.push_back(http_endpoint_of(api, HttpRoute{}));
  }
  return all;
}

Status unexpose_http_api(Gateways gateways, std::string_view function, const cloudkit::Endpoint& endpoint,
                         const Context& context) {
  const auto apis = http_apis_of(gateways.apis, function, context);
  if (!apis) return apis.error();
  const bool is_ours = std::any_of(apis->begin(), apis->end(), [&](const Api& api) { return api.id == endpoint.id; });
  if (!is_ours) return {};
  const auto routes = routes_of(gateways.apis, endpoint.id, context);
  if (!routes) return gone(routes);
  const std::string key = fmt::format("{} {}", endpoint.method, endpoint.path);
  const auto route =
      std::find_if(routes->begin(), routes->end(), [&](const HttpRoute& other) { return other.key == key; });
  const bool is_known = route != routes->end();
  const bool is_last = routes->size() == (is_known ? 1U : 0U);
  if (!is_last && !is_known) return {};
  return gone(
      gateways.apis.send(is_last ? delete_http_api(endpoint.id) : delete_http_route(endpoint.id, route->id), context));
}

}  // namespace cloudkit::inline v0::aws::apigateway

#include "aws/apigateway/rest_api.h"

#include "aws/service/absence.h"
#include "core/fail.h"
#include "core/page_cursor.h"
#include "core/without_value.h"

#include <algorithm>
#include <utility>

namespace cloudkit::inline v0::aws::apigateway {
namespace {

using service::gone;

Result<std::vector<Api>> rest_apis_of(service::Client& apis, std::string_view function, std::string_view region,
                                      const Context& context) {
  std::vector<Api> all;
  core::PageCursor cursor;
  while (!cursor.done()) {
    const auto reply = apis.send(list_rest_apis(cursor.token()), context);
    if (!reply) return reply.error();
    auto page = read_rest_apis(*reply, region);
    if (!page) return std::move(page).error();
    for (Api& api : page->apis) {
      if (api.is_of(function)) all.push_back(std::move(api));
    }
    if (auto advanced = cursor.advance(std::move(page->position)); !advanced) return std::move(advanced).error();
  }
  return all;
}

Result<RestResources> resources_of(service::Client& apis, std::string_view api, const Context& context) {
  const auto reply = apis.send(get_rest_resources(api), context);
  if (!reply) return reply.error();
  return read_rest_resources(*reply);
}

Result<Api> ensure_rest_api(service::Client& apis, const lambda::FunctionRef& function, const EndpointSpec& spec) {
  auto present = rest_apis_of(apis, function.name, function.region, spec.context);
  if (!present) return std::move(present).error();
  if (const Api* const found = chosen(*present, spec.stage)) return *found;
  const auto reply = apis.send(create_rest_api(function.name, spec.stage), spec.context);
  if (!reply) return reply.error();
  auto made = read_rest_api(*reply, function.region);
  if (!made) return made;
  present = rest_apis_of(apis, function.name, function.region, spec.context);
  if (!present) return std::move(present).error();
  const Api* const kept = chosen(*present, spec.stage);
  if (kept == nullptr || kept->id == made->id) return made;
  auto removed = gone(apis.send(delete_rest_api(made->id), spec.context));
  if (!removed) return std::move(removed).error();
  return *kept;
}

// The resource of a path, with those above it.
Result<std::string> ensure_resource(service::Client& apis, std::string_view api, RestResources& resources,
                                    std::string_view path, const Context& context) {
  std::string parent = resources.id_of_path.at("/");
  for (std::size_t begin = 1; begin < path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string above(path.substr(0, end));
    const auto known = resources.id_of_path.find(above);
    if (known != resources.id_of_path.end()) {
      parent = known->second;
    } else {
      const auto reply = apis.send(create_rest_resource(api, parent, path.substr(begin, end - begin)), context);
      if (!reply) return reply.error();
      auto id = read_rest_resource_id(*reply);
      if (!id) return id;
      resources.id_of_path.emplace(above, *id);
      parent = *std::move(id);
    }
    begin = end + 1;
  }
  return parent;
}

// What callers may do with a method is part of it, and cannot be changed but by making it anew. Nobody sees it before
// the deployment.
Status ensure_method(service::Client& apis, std::string_view api, RestResources& resources, const RestMethod& wanted,
                     const Context& context) {
  const RestMethod* const present = resources.find(wanted.method, wanted.path);
  const bool keep = present != nullptr && present->authorization == wanted.authorization;
  if (keep && present->uri == wanted.uri) return {};
  if (present != nullptr && !keep) {
    if (auto removed = gone(apis.send(delete_rest_method(api, wanted), context)); !removed) return removed;
  }
  if (!keep) {
    if (auto put = apis.send(put_rest_method(api, wanted), context); !put) return put.error();
  }
  if (auto put = apis.send(put_rest_integration(api, wanted), context); !put) return put.error();
  std::erase_if(resources.methods,
                [&](const RestMethod& method) { return method.method == wanted.method && method.path == wanted.path; });
  resources.methods.push_back(wanted);
  return {};
}

Status ensure_deployment(service::Client& apis, std::string_view api, std::string_view stage,
                         const RestResources& resources, const Context& context) {
  const std::string digest = digest_of(resources);
  const auto present = apis.send(get_rest_stage(api, stage), context);
  if (!present && !service::is_missing(present.error())) return present.error();
  if (present) {
    const auto shown = read_rest_stage_digest(*present);
    if (!shown) return shown.error();
    if (*shown == digest) return {};
  }
  return core::without_value(apis.send(deploy_rest_api(api, stage, digest), context));
}

cloudkit::Endpoint endpoint_of(const Api& api, const RestMethod& method) {
  cloudkit::Endpoint endpoint;
  endpoint.id = api.id;
  endpoint.kind = EndpointKind::rest_api;
  endpoint.method = method.method;
  endpoint.path = method.path;
  endpoint.stage = api.stage();
  endpoint.is_public = method.authorization == authorization_of(true);
  endpoint.url = api.url + "/" + endpoint.stage + (method.path == "/" ? "" : method.path);
  return endpoint;
}

}  // namespace

Result<cloudkit::Endpoint> expose_by_rest_api(Gateways gateways, const lambda::FunctionRef& function,
                                              const EndpointSpec& spec) {
  if (spec.stage.empty()) {
    return core::invalid_argument("a REST API has a stage, and none is named", "set EndpointSpec::stage: \"dev\"");
  }
  const auto api = ensure_rest_api(gateways.apis, function, spec);
  if (!api) return api.error();
  auto resources = resources_of(gateways.apis, api->id, spec.context);
  if (!resources) return std::move(resources).error();
  auto resource = ensure_resource(gateways.apis, api->id, *resources, spec.path, spec.context);
  if (!resource) return std::move(resource).error();
  const RestMethod method{*std::move(resource), spec.path, spec.method, std::string(authorization_of(spec.is_public)),
                          integration_uri(function)};
  if (auto made = ensure_method(gateways.apis, api->id, *resources, method, spec.context); !made) {
    return std::move(made).error();
  }
  const lambda::Permission permission =
      permission_for(function, EndpointKind::rest_api, api->id, spec.method, spec.path);
  if (auto granted = lambda::grant(gateways.lambda, function.name, permission, spec.context); !granted) {
    return std::move(granted).error();
  }
  if (auto shown = ensure_deployment(gateways.apis, api->id, spec.stage, *resources, spec.context); !shown) {
    return std::move(shown).error();
  }
  return endpoint_of(*api, method);
}

Result<std::vector<cloudkit::Endpoint>> list_rest_endpoints(Gateways gateways, std::string_view function,
                                                            std::string_view region, const Context& context) {
  const auto apis = rest_apis_of(gateways.apis, function, region, context);
  if (!apis) return apis.error();
  std::vector<cloudkit::Endpoint> all;
  for (const Api& api : *apis) {
    const auto resources = resources_of(gateways.apis, api.id, context);
    if (!resources) return resources.error();
    for (const RestMethod& method : resources->methods) all.push_back(endpoint_of(api, method));
    // It was left alone when making it was interrupted: an endpoint without a method still can be removed.
    if (resources->methods.empty()) all.push_back(endpoint_of(api, RestMethod{"", "/", "", "", ""}));
  }
  return all;
}

Status unexpose_rest_api(Gateways gateways, std::string_view function, std::string_view region,
                         const cloudkit::Endpoint& endpoint, const Context& context) {
  const auto apis = rest_apis_of(gateways.apis, function, region, context);
  if (!apis) return apis.error();
  const auto api = std::find_if(apis->begin(), apis->end(), [&](const Api& ours) { return ours.id == endpoint.id; });
  if (api == apis->end()) return {};
  auto resources = resources_of(gateways.apis, endpoint.id, context);
  if (!resources) return gone(resources);
  const RestMethod* const method = resources->find(endpoint.method, endpoint.path);
  if (resources->methods.size() == (method == nullptr ? 0U : 1U)) {
    return gone(gateways.apis.send(delete_rest_api(endpoint.id), context));
  }
  if (method != nullptr) {
    auto removed = gone(gateways.apis.send(delete_rest_method(endpoint.id, *method), context));
    if (!removed) return removed;
  }
  // A removal that was interrupted before this left the method to be called.
  std::erase_if(resources->methods, [&](const RestMethod& other) {
    return other.method == endpoint.method && other.path == endpoint.path;
  });
  return ensure_deployment(gateways.apis, api->id, api->stage(), *resources, context);
}

Status withdraw(service::Client& lambda, const lambda::FunctionRef& function, const cloudkit::Endpoint& endpoint,
                const Context& context) {
  return lambda::revoke(lambda, function.name,
                        permission_for(function, endpoint.kind, endpoint.id, endpoint.method, endpoint.path), context);
}

}  // namespace cloudkit::inline v0::aws::apigateway

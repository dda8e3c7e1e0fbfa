#include "aws/apigateway/trigger.h"

#include "aws/partitions.h"

#include <fmt/format.h>

#include <tuple>

namespace cloudkit::inline v0::aws::apigateway {
namespace {

std::string tag_of(const Api& api, std::string_view key) {
  const auto tag = api.tags.find(std::string(key));
  return tag == api.tags.end() ? std::string() : tag->second;
}

// "/users/{id}" is "/users/*".
std::string with_wildcards(std::string_view path) {
  std::string out;
  for (std::size_t at = 0; at < path.size(); ++at) {
    const std::size_t end = path[at] == '{' ? path.find('}', at) : std::string_view::npos;
    out += end == std::string_view::npos ? path[at] : '*';
    if (end != std::string_view::npos) at = end;
  }
  return out;
}

}  // namespace

bool Api::is_of(std::string_view function) const { return tag_of(*this, kFunctionTag) == function; }
std::string Api::stage() const { return tag_of(*this, kStageTag); }

const Api* chosen(const std::vector<Api>& apis, std::string_view stage) {
  const Api* best = nullptr;
  for (const Api& api : apis) {
    if (api.stage() != stage) continue;
    if (best == nullptr || std::tie(api.created, api.id) < std::tie(best->created, best->id)) best = &api;
  }
  return best;
}

std::map<std::string, std::string> tags_of(std::string_view function, std::string_view stage) {
  std::map<std::string, std::string> tags{{std::string(kFunctionTag), std::string(function)}};
  if (!stage.empty()) tags.emplace(kStageTag, stage);
  return tags;
}

std::string api_name(std::string_view function) { return fmt::format("cloudkit-{}", function); }

std::string api_url(std::string_view id, std::string_view region) {
  return fmt::format("https://{}.execute-api.{}.{}", id, region, partition_of(region).dns_suffix);
}

std::string_view authorization_of(bool is_public) noexcept { return is_public ? "NONE" : "AWS_IAM"; }

lambda::Permission permission_for(const lambda::FunctionRef& function, EndpointKind kind, std::string_view api_id,
                                  std::string_view method, std::string_view path) {
  const bool any_method = method == "ANY" || kind == EndpointKind::http_api;
  lambda::Permission permission;
  permission.principal = "apigateway.amazonaws.com";
  permission.source_arn = fmt::format("arn:{}:execute-api:{}:{}:{}/*/{}{}", function.partition, function.region,
                                      function.account, api_id, any_method ? "*" : method, with_wildcards(path));
  permission.purpose = fmt::format("{} {}", method, path);
  return permission;
}

}  // namespace cloudkit::inline v0::aws::apigateway

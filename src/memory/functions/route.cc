#include "memory/functions/route.h"

#include "core/encode.h"
#include "core/form.h"

#include <algorithm>
#include <optional>

namespace cloudkit::inline v0::memory::functions {
namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;

std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);
  const std::size_t end = std::min(path.find('/'), path.size());
  const std::string_view segment = path.substr(0, end);
  path.remove_prefix(end);
  return segment;
}

// What the parameters of `pattern` are in `path`; nothing: it is another path.
std::optional<Parameters> match(std::string_view pattern, std::string_view path) {
  Parameters parameters;
  while (!pattern.empty() && !path.empty()) {
    const std::string_view wanted = take_segment(pattern);
    if (wanted.ends_with("+}")) {
      path.remove_prefix(1);
      parameters.emplace_back(wanted.substr(1, wanted.size() - 3), path);
      return parameters;
    }
    const std::string_view segment = take_segment(path);
    if (wanted.starts_with('{') && !segment.empty()) {
      parameters.emplace_back(wanted.substr(1, wanted.size() - 2), segment);
    } else if (wanted != segment) {
      return std::nullopt;
    }
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return parameters;
}

}  // namespace

const StoredEndpoint* route(const FunctionStore& store, std::string_view url, HttpRequest& request) {
  const std::size_t question = std::min(url.find('?'), url.size());
  const std::string_view address = url.substr(0, question);
  for (const auto& [id, stored] : store.endpoints) {
    const Endpoint& endpoint = stored.endpoint;
    if (!address.starts_with(stored.base + '/')) continue;
    if (endpoint.method != "ANY" && endpoint.method != request.method) continue;
    const auto path = core::percent_decode(address.substr(stored.base.size()));
    if (!path) continue;
    // A Function URL takes every path.
    auto parameters = endpoint.kind == EndpointKind::url ? Parameters() : match(endpoint.path, *path);
    if (!parameters) continue;
    request.path = *path;
    request.stage = endpoint.stage;
    request.path_parameters = *std::move(parameters);
    request.raw_query = url.substr(std::min(question + 1, url.size()));
    request.query = core::parse_form(request.raw_query);
    return &stored;
  }
  return nullptr;
}

}  // namespace cloudkit::inline v0::memory::functions

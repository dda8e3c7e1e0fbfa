#include "memory/functions/route.h"

#include "core/encode.h"

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

HttpFields split_query(std::string_view query) {
  HttpFields fields;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view field = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const std::size_t equals = std::min(field.find('='), field.size());
    const auto name = core::percent_decode(field.substr(0, equals), true);
    const auto value = core::percent_decode(field.substr(std::min(equals + 1, field.size())), true);
    if (name && value && !field.empty()) fields.emplace_back(*name, *value);
  }
  return fields;
}

}  // namespace

const StoredEndpoint* route(const FunctionStore& store, std::string_view url, HttpRequest& request) {
  const std::size_t question = std::min(url.find('?'), url.size());
  const std::string_view address = url.substr(0, question);
  const StoredEndpoint* best = nullptr;
  for (const auto& [id, stored] : store.endpoints) {
    const Endpoint& endpoint = stored.endpoint;
    if (!address.starts_with(stored.base + '/')) continue;
    if (endpoint.method != "ANY" && endpoint.method != request.method) continue;
    const auto path = core::percent_decode(address.substr(stored.base.size()));
    if (!path) continue;
    // A Function URL takes every path.
    auto parameters = endpoint.kind == EndpointKind::url ? Parameters() : match(endpoint.path, *path);
    if (!parameters || (best != nullptr && !parameters->empty())) continue;
    best = &stored;
    request.path = *path;
    request.stage = endpoint.stage;
    request.path_parameters = *std::move(parameters);
  }
  if (best != nullptr) {
    request.raw_query = url.substr(std::min(question + 1, url.size()));
    request.query = split_query(request.raw_query);
  }
  return best;
}

}  // namespace cloudkit::inline v0::memory::functions

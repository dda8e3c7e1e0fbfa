#include "local/functions/endpoint_routes.h"

#include "core/encode.h"

#include <algorithm>

namespace cloudkit::inline v0::local::functions {
namespace {

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> segments;
  if (path.starts_with('/')) path.remove_prefix(1);
  while (true) {
    const std::size_t slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

bool is_parameter(std::string_view segment) { return segment.starts_with('{') && segment.ends_with('}'); }
bool is_greedy(std::string_view segment) { return is_parameter(segment) && segment.ends_with("+}"); }

std::string name_of(std::string_view segment) {
  return std::string(segment.substr(1, segment.size() - (is_greedy(segment) ? 3 : 2)));
}

std::string joined(const std::vector<std::string_view>& segments, std::size_t from) {
  std::string text(segments[from]);
  for (std::size_t i = from + 1; i < segments.size(); ++i) text.append("/").append(segments[i]);
  return text;
}

// "/a/{id}/{rest+}" as "/a/{}/{+}": what a parameter is called decides nothing.
std::string without_names(std::string_view path) {
  std::string out;
  for (const std::string_view segment : segments_of(path)) {
    const std::string_view blank = is_greedy(segment) ? "{+}" : "{}";
    out.append("/").append(is_parameter(segment) ? blank : segment);
  }
  return out;
}

// Higher is more specific, segment by segment; nothing when it does not match.
struct Match {
  std::string rank = {};
  std::vector<std::pair<std::string, std::string>> parameters = {};
};

std::optional<Match> match(std::string_view pattern, std::string_view path, bool is_encoded) {
  const auto wanted = segments_of(pattern);
  const auto given = segments_of(path);
  Match found;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (i >= given.size()) return std::nullopt;
    if (is_greedy(wanted[i])) {
      if (given[i].empty()) return std::nullopt;
      found.rank += '1';
      found.parameters.emplace_back(name_of(wanted[i]), joined(given, i));
      return found;
    }
    if (is_parameter(wanted[i])) {
      if (given[i].empty()) return std::nullopt;
      found.rank += '2';
      found.parameters.emplace_back(name_of(wanted[i]), std::string(given[i]));
    } else {
      const auto text = is_encoded ? core::percent_decode(given[i]) : std::string(given[i]);
      if (wanted[i] != text) return std::nullopt;
      found.rank += '3';
    }
  }
  if (given.size() != wanted.size()) return std::nullopt;
  return found;
}

std::optional<Match> match(const Endpoint& endpoint, std::string_view raw_path, std::string_view path) {
  const std::string whole = full_path(endpoint);
  if (endpoint.kind == EndpointKind::rest_api) return match(whole, raw_path, true);
  if (endpoint.kind != EndpointKind::url) return match(whole, path, false);
  const std::string_view below = whole == "/" ? "" : std::string_view(whole);
  if (!path.starts_with(below) || (path.size() > below.size() && path[below.size()] != '/')) return std::nullopt;
  return Match{std::string(below.empty() ? "" : "1"), {}};  // Behind all that say more.
}

}  // namespace

std::string full_path(const Endpoint& endpoint) {
  if (endpoint.stage.empty()) return endpoint.path;
  return '/' + endpoint.stage + (endpoint.path == "/" ? "" : endpoint.path);
}

bool same_place(const Endpoint& a, const Endpoint& b) {
  return a.method == b.method && without_names(full_path(a)) == without_names(full_path(b));
}

std::optional<Route> find_route(const std::vector<Route>& routes, std::string_view method, std::string_view raw_path,
                                std::string_view path) {
  // A stage's own "/" is called with and without a slash.
  for (std::string_view* sent : {&raw_path, &path}) {
    if (sent->size() > 1 && sent->ends_with('/')) sent->remove_suffix(1);
  }
  std::optional<Route> best;
  std::string best_rank;
  for (const Route& route : routes) {
    const bool any = route.endpoint.method == "ANY";
    if (!any && route.endpoint.method != method) continue;
    auto found = match(route.endpoint, raw_path, path);
    if (!found) continue;
    std::string rank = found->rank + (any ? "0" : "1");
    if (best && rank <= best_rank) continue;
    best = route;
    best->path_parameters = std::move(found->parameters);
    best_rank = std::move(rank);
  }
  return best;
}

}  // namespace cloudkit::inline v0::local::functions

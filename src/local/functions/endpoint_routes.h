#pragma once

#include <cloudkit/function_types.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Which endpoint a request is for, as API Gateway decides it.
namespace cloudkit::inline v0::local::functions {

struct Route {
  std::string function = {};
  Endpoint endpoint = {};
  std::vector<std::pair<std::string, std::string>> path_parameters = {};  ///< As its event says them.
};

/// `routes` without parameters, the path as it was sent and decoded, with the stage. The most specific one wins:
/// literal segments before "{name}" before "{name+}", a method before "ANY". A function's URL takes every path below
/// it. A REST API leaves parameters as they were sent, and so takes "a%2Fb" for one segment.
std::optional<Route> find_route(const std::vector<Route>& routes, std::string_view method, std::string_view raw_path,
                                std::string_view path);

/// Whether both stand for the same requests.
bool same_place(const Endpoint& a, const Endpoint& b);
/// "/dev/hello"
std::string full_path(const Endpoint& endpoint);

}  // namespace cloudkit::inline v0::local::functions

#include "core/encode.h"
#include "core/fail.h"
#include "core/function_rules.h"
#include "core/random.h"
#include "local/functions/driver.h"
#include "local/functions/endpoint_routes.h"

#include <fmt/format.h>

#include <algorithm>

// HTTP triggers. They are found by any program that opens the directory.
namespace cloudkit::inline v0::local::functions {
namespace {

Endpoint with_url(Endpoint endpoint, const std::string& authority) {
  // The path's braces stand for what a caller fills in.
  endpoint.url = fmt::format("http://{}{}", authority, full_path(endpoint));
  return endpoint;
}

Error taken_by(const Endpoint& endpoint, std::string_view function) {
  return core::fail(
      ErrorCode::conflict,
      fmt::format("{} {} leads to the function \"{}\" already", endpoint.method, full_path(endpoint), function),
      endpoint.kind == EndpointKind::url
          ? "functions of one directory share a port, and one has a function URL: name a path, or use another directory"
          : "functions of one directory share a port: choose another path or stage");
}

}  // namespace

Result<Endpoint> LocalFunctionDriver::expose(std::string_view function, const EndpointSpec& spec) {
  if (auto status = begin(spec.context); !status) return status.error();
  const auto id = parse_function_id(function);
  if (!id) return id.error();
  Endpoint wanted{"", core::random_hex(5), core::kind_of(spec), spec.method, spec.path, spec.stage, spec.is_public};
  const auto lock = store_.lock(spec.context);
  if (!lock) return lock.error();
  if (!store_.exists(id->name)) return no_such_function(id->name);
  const auto functions = store_.stored("endpoints");
  if (!functions) return functions.error();
  std::vector<Endpoint> own;
  for (const std::string& other : *functions) {
    auto endpoints = store_.endpoints(other);
    if (!endpoints) return std::move(endpoints).error();
    const auto same = std::find_if(endpoints->begin(), endpoints->end(),
                                   [&](const Endpoint& each) { return same_place(each, wanted); });
    // One that a removed function left is in nobody's way.
    if (other != id->name && same != endpoints->end() && store_.exists(other)) return taken_by(wanted, other);
    if (other != id->name) continue;
    if (same != endpoints->end()) {
      wanted.id = same->id;
      endpoints->erase(same);
    }
    own = *std::move(endpoints);
  }
  const auto authority = endpoints_.listen();
  if (!authority) return authority.error();
  own.push_back(wanted);
  if (auto status = store_.write_endpoints(id->name, own); !status) return status.error();
  return with_url(std::move(wanted), *authority);
}

Result<std::vector<Endpoint>> LocalFunctionDriver::list_endpoints(std::string_view function, const Context& context) {
  if (auto status = begin(context); !status) return status.error();
  const auto id = parse_function_id(function);
  if (!id) return id.error();
  auto endpoints = store_.endpoints(id->name);
  if (!endpoints || endpoints->empty()) return endpoints;
  const auto authority = endpoints_.listen();
  if (!authority) return authority.error();
  for (Endpoint& endpoint : *endpoints) endpoint = with_url(std::move(endpoint), *authority);
  return endpoints;
}

Status LocalFunctionDriver::unexpose(std::string_view function, const Endpoint& endpoint, const Context& context) {
  if (auto status = begin(context); !status) return status;
  const auto id = parse_function_id(function);
  if (!id) return id.error();
  const auto lock = store_.lock(context);
  if (!lock) return lock.error();
  auto endpoints = store_.endpoints(id->name);
  if (!endpoints) return endpoints.error();
  std::erase_if(*endpoints, [&](const Endpoint& each) { return each.id == endpoint.id; });
  return store_.write_endpoints(id->name, *endpoints);
}

}  // namespace cloudkit::inline v0::local::functions

#include "local/functions/endpoint_server.h"

#include "core/encode.h"
#include "core/fail.h"
#include "core/function_rules.h"
#include "core/log.h"
#include "core/whole_file.h"
#include "http/request_check.h"
#include "local/functions/gateway_event.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cloudkit::inline v0::local::functions {
namespace {

namespace loopback = http::loopback;

// https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
constexpr std::size_t kMostRequestBytes = std::size_t{10} << 20;

loopback::Response plain(int status, std::string_view message) {
  loopback::Response response;
  response.status = status;
  response.headers.add("Content-Type", "application/json");
  response.body = fmt::format(R"({{"message":"{}"}})", message);
  return response;
}

// A REST API's clients know an unknown path by another answer than those of other APIs.
loopback::Response no_route(const std::vector<Route>& routes, std::string_view path) {
  for (const Route& route : routes) {
    const std::string stage = '/' + route.endpoint.stage;
    const bool below = path == stage || path.starts_with(stage + '/');
    if (route.endpoint.kind == EndpointKind::rest_api && below) {
      auto response = plain(403, "Missing Authentication Token");
      response.headers.add("x-amzn-ErrorType", "MissingAuthenticationTokenException");
      return response;
    }
  }
  return plain(404, "Not Found");
}

}  // namespace

// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
std::optional<std::chrono::seconds> longest_answer(EndpointKind kind) {
  if (kind == EndpointKind::url) return std::nullopt;  // The function's own timeout.
  return std::chrono::seconds(29);
}

Result<std::string> EndpointServer::listen() {
  const std::scoped_lock lock(mutex_);
  wanted_ = true;
  if (server_) return server_->authority();
  auto first = try_lock_file(store_->path("listener"));
  if (!first) return std::move(first).error();
  if (*first) return listen_as_first(*std::move(first), true);
  // Another program serves all endpoints of this directory.
  const auto port = core::read_whole_file(store_->path("port"), 16);
  if (!port) return port.error();
  if (!*port || !core::parse_u64(**port)) {
    Error error = core::fail(ErrorCode::unavailable, "another program begins to serve this directory's endpoints");
    error.retryable = true;
    return error;
  }
  return "127.0.0.1:" + **port;
}

void EndpointServer::take_over() {
  const std::scoped_lock lock(mutex_);
  if (!wanted_ || server_) return;
  auto first = try_lock_file(store_->path("listener"));
  // The port of a program that was killed may be free later than its lock: the next round tries again.
  if (first && *first) (void)listen_as_first(*std::move(first), false);
}

Result<std::string> EndpointServer::listen_as_first(FileLock lock, bool any_port) {
  const auto stored = core::read_whole_file(store_->path("port"), 16);
  const auto remembered = stored && *stored ? core::parse_u64(**stored).value_or(0) : 0;
  auto server = start(port_ != 0 ? port_ : static_cast<std::uint16_t>(remembered > 65535 ? 0 : remembered));
  if (!server && port_ == 0 && any_port) server = start(0);
  if (!server) return std::move(server).error();
  if (auto status = core::replace_private_file(store_->path("port"), std::to_string((*server)->port())); !status) {
    return std::move(status).error();
  }
  lock_ = std::move(lock);
  server_ = *std::move(server);
  return server_->authority();
}

Result<std::unique_ptr<loopback::Server>> EndpointServer::start(std::uint16_t port) {
  loopback::ServerOptions options;
  options.address = fmt::format("127.0.0.1:{}", port);
  options.limits.body_bytes = kMostRequestBytes;
  return loopback::Server::start(std::move(options), [this](const loopback::Request& request, const Context& context) {
    return answer(request, std::string(request.headers.get("Host")), context);
  });
}

void EndpointServer::stop() {
  std::unique_ptr<loopback::Server> ending;
  {
    const std::scoped_lock lock(mutex_);
    ending = std::move(server_);
  }
  running_.cancel();
  ending.reset();
  const std::scoped_lock lock(mutex_);
  lock_.release();
}

Result<std::vector<Route>> EndpointServer::routes() const {
  auto functions = store_->stored("endpoints");
  if (!functions) return std::move(functions).error();
  // What a removed function left answers 500, as API Gateway does, but not where another one is: the first wins.
  std::partition(functions->begin(), functions->end(),
                 [this](const std::string& function) { return store_->exists(function); });
  std::vector<Route> routes;
  for (const std::string& function : *functions) {
    auto endpoints = store_->endpoints(function);
    if (!endpoints) return std::move(endpoints).error();
    for (Endpoint& endpoint : *endpoints) routes.push_back({function, std::move(endpoint), {}});
  }
  return routes;
}

loopback::Response EndpointServer::answer(const loopback::Request& request, const std::string& authority,
                                          const Context& context) const {
  // A web page whose name leads to this machine would read what is answered.
  if (!authority.empty() && !http::is_loopback(authority)) return plain(403, "Forbidden: the Host is not this machine");
  const std::size_t mark = request.target.find('?');
  const std::string raw_path = request.target.substr(0, mark);
  const auto path = core::percent_decode(raw_path);
  if (!path) return plain(400, "Bad Request");
  const auto known = routes();
  if (!known) {
    core::log(LogLevel::error, "endpoints cannot be read", {{"reason", known.error().message}});
    return plain(500, "Internal server error");
  }
  GatewayRequest gateway;
  auto route = find_route(*known, request.method, raw_path, *path);
  if (!route) return no_route(*known, *path);
  gateway.route = *std::move(route);
  gateway.raw_path = raw_path;
  gateway.path = *path;
  if (mark != std::string::npos) gateway.raw_query = request.target.substr(mark + 1);
  gateway.authority = authority;
  gateway.request_id = new_request_id();
  gateway.time = std::chrono::system_clock::now();
  auto event = make_gateway_event(gateway, request);
  if (!event) return plain(400, "Bad Request");
  if (event->size() > core::kLambdaSyncPayload) return plain(413, "Request Too Long");
  // Neither API Gateway nor a function's URL ends an invocation that has begun when the client hangs up.
  const auto limit = longest_answer(gateway.route.endpoint.kind);
  const auto limited = [&](const Context& by) { return limit ? by.child_with_timeout(*limit) : by; };
  const auto result = invoker_->invoke(gateway.route.function, "", {gateway.request_id, *std::move(event), {}, {}, {}},
                                       limited(context), {WhenBusy::wait, limited(running_)});
  auto response = reply_of(gateway.route, result);
  response.headers.set("x-amzn-RequestId", gateway.request_id);
  return response;
}

loopback::Response EndpointServer::reply_of(const Route& route, const Result<InvokeResult>& result) const {
  if (!result) {
    switch (result.error().code) {
      case ErrorCode::throttled: return plain(429, "Too Many Requests");
      case ErrorCode::timeout: return plain(504, "Endpoint request timed out");
      default: break;
    }
    core::log(LogLevel::warn, "an endpoint's function could not be invoked",
              {{"function", route.function}, {"reason", result.error().message}});
    return plain(500, "Internal server error");
  }
  if (result->error) return plain(502, "Internal server error");
  auto reply = read_gateway_reply(route.endpoint.kind, result->payload);
  if (reply) return *std::move(reply);
  core::log(LogLevel::warn, "a function's reply to an HTTP request is malformed",
            {{"function", route.function}, {"reason", reply.error().message}});
  return plain(502, "Internal server error");
}

}  // namespace cloudkit::inline v0::local::functions

#pragma once

#include "http/loopback/server.h"
#include "local/functions/endpoint_routes.h"
#include "local/functions/invoker.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace cloudkit::inline v0::local::functions {

/// How long a client waits at most. API Gateway would let the function go on after that; here it ends, too.
std::optional<std::chrono::seconds> longest_answer(EndpointKind kind);

/// Serves the endpoints of all functions of a directory, on one port of 127.0.0.1. Of the programs that share the
/// directory, one listens; its port is remembered, so that URLs mostly stay. Thread-safe.
class EndpointServer {
 public:
  /// `port` 0: the remembered one if it is free, else any.
  EndpointServer(const DirectoryStore& store, Invoker& invoker, std::uint16_t port)
      : store_(&store), invoker_(&invoker), port_(port) {}

  /// "127.0.0.1:41234": listens, if nobody does. Errors: `conflict` when the wanted port is taken, `io`.
  Result<std::string> listen();
  /// Follows the program that listens when that has ended, where this one has called `listen` before. At the same port,
  /// or not: others know no other one.
  void take_over();
  /// Cuts off what is being answered.
  void stop();

  http::loopback::Response answer(const http::loopback::Request& request, const std::string& authority,
                                  const Context& context) const;

 private:
  Result<std::string> listen_as_first(FileLock lock, bool any_port);
  Result<std::unique_ptr<http::loopback::Server>> start(std::uint16_t port);
  Result<std::vector<Route>> routes() const;
  http::loopback::Response reply_of(const Route& route, const Result<InvokeResult>& result) const;

  const DirectoryStore* store_;
  Invoker* invoker_;
  const std::uint16_t port_;
  const Context running_ = Context::cancellable();  // Of invocations that have begun.
  std::mutex mutex_;
  FileLock lock_;
  bool wanted_ = false;
  std::unique_ptr<http::loopback::Server> server_;
};

}  // namespace cloudkit::inline v0::local::functions

#pragma once

#include "http/loopback/connection.h"
#include "http/loopback/server.h"

#include <memory>
#include <utility>

namespace cloudkit::http::loopback {

inline std::unique_ptr<Server> start(Handler handler, ServerOptions options = {}) {
  return Server::start(std::move(options), std::move(handler)).value();
}

inline Connection connect(const Server& server) { return Connection(Address::parse(server.authority()).value()); }

}  // namespace cloudkit::http::loopback

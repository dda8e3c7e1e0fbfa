#pragma once

#include "http/loopback/server.h"
#include "serve/host.h"

#include <cloudkit/serve.h>

#include <functional>

namespace cloudkit::inline v0::serving {

/// What a program answers, for hosts that hand it events and for those that speak HTTP.
struct Program {
  Handler events = {};
  std::function<http::loopback::Handler(const Host&)> endpoint = {};
};

/// On whatever host there is; returns the program's exit code. Never throws.
int run(const Program& program, const ServeOptions& options) noexcept;

/// Makes the start fail, since there is nothing to serve.
Status no_handler();

}  // namespace cloudkit::inline v0::serving

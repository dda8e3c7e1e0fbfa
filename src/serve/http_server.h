#pragma once

#include "http/loopback/server.h"
#include "serve/host.h"

#include <cloudkit/serve.h>

namespace cloudkit::inline v0::serving {

/// Listens where the host says until SIGTERM or SIGINT; then lets what has begun be answered. Returns the program's
/// exit code.
int run_http_server(const Host& host, http::loopback::Handler answer, const ServeOptions& options);

/// Each request is a call: its body the payload, the reply JSON.
http::loopback::Handler event_endpoint(const Host& host, Handler handler);
/// Each request is itself.
http::loopback::Handler http_endpoint(HttpHandler handler);

}  // namespace cloudkit::inline v0::serving

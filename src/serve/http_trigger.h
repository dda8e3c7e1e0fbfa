#pragma once

#include <cloudkit/serve.h>

namespace cloudkit::inline v0::serving {

/// What the handler answers, fit to be sent; else, and after an exception, a 500 that tells the client nothing and a
/// line in the log.
HttpResponse answer(const HttpHandler& handler, const HttpRequest& request);

/// Answers the events that AWS makes of HTTP requests. Other events are errors.
Handler event_handler(HttpHandler handler);

}  // namespace cloudkit::inline v0::serving

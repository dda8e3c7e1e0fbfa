#include "serve/http_server.h"
#include "serve/http_trigger.h"
#include "serve/program.h"

#include <utility>

namespace cloudkit::inline v0 {

int serve_http(HttpHandler handler, ServeOptions options) {
  if (!handler) options.init = serving::no_handler;
  const auto endpoint = [&](const serving::Host&) { return serving::http_endpoint(handler); };
  return serving::run({serving::event_handler(handler), endpoint}, options);
}

}  // namespace cloudkit::inline v0

#include "serve/http_server.h"
#include "serve/program.h"

#include <utility>

namespace cloudkit::inline v0 {

int serve(Handler handler, ServeOptions options) {
  if (!handler) options.init = serving::no_handler;
  const auto endpoint = [&](const serving::Host& host) { return serving::event_endpoint(host, handler); };
  return serving::run({handler, endpoint}, options);
}

}  // namespace cloudkit::inline v0

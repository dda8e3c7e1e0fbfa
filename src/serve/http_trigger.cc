#include "serve/http_trigger.h"

#include "codec/http_event.h"
#include "codec/http_reply.h"
#include "core/log.h"
#include "serve/call.h"

#include <utility>

namespace cloudkit::inline v0::serving {
namespace {

HttpResponse internal_error() {
  HttpResponse response;
  response.status = 500;
  response.body = "internal error\n";
  return response;
}

}  // namespace

HttpResponse answer(const HttpHandler& handler, const HttpRequest& request) {
  const std::string& id = request.invocation.request_id;
  try {
    HttpResponse response = handler(request);
    const auto headers = codec::reply_headers(response);
    if (headers) return response;
    log_failure("the reply cannot be sent", failure_of(headers.error()), id);
  } catch (...) {
    log_failure("the function failed", failure_of_exception(), id);
  }
  return internal_error();
}

Handler event_handler(HttpHandler handler) {
  return [handler = std::move(handler)](const Invocation& invocation) -> Result<std::string> {
    auto event = codec::read_http_event(invocation.payload);
    if (!event) return std::move(event).error();
    event->request.invocation = invocation;
    auto reply = codec::write_http_reply(event->form, answer(handler, event->request));
    if (reply) return reply;
    log_failure("the reply cannot be sent", failure_of(reply.error()), invocation.request_id);
    return codec::write_http_reply(event->form, internal_error());
  };
}

}  // namespace cloudkit::inline v0::serving

// HTTP events, which anybody who can reach a function's URL writes much of. The input is the event.
#include "codec/http_event.h"

#include "codec/http_reply.h"
#include "codec/json.h"
#include "core/encode.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace cloudkit;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void check_request(const HttpRequest& request) {
  require(core::is_http_token(request.method));
  require(request.path.starts_with('/'));
  for (const auto& [name, value] : request.headers) require(name == core::to_lower(name));
  for (const auto& [name, value] : request.cookies) require(!name.empty());
}

// What a function makes of a request, sent back: JSON that says the same body, or an error.
void check_reply(codec::HttpEventForm form, const HttpRequest& request) {
  HttpResponse response;
  response.body = request.body;
  response.headers = request.headers;
  for (const auto& [name, value] : request.cookies) response.cookies.push_back(name + "=" + value);
  const auto reply = codec::write_http_reply(form, response);
  if (!reply) return require(!core::has_control_character(reply.error().message));
  codec::JsonLimits limits;
  limits.max_size = reply->size();
  const auto json = codec::JsonValue::parse(*reply, limits);
  require(json.has_value());
  const auto body = json->find("body").as_string();
  require(body.has_value());
  const bool is_encoded = json->find("isBase64Encoded").as_bool().value();
  require(is_encoded ? core::base64_decode(*body) == request.body : *body == request.body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto event = codec::read_http_event({reinterpret_cast<const char*>(data), size});
  if (!event) {
    require(event.error().code == ErrorCode::invalid_argument);
    require(!core::has_control_character(event.error().message));
    return 0;
  }
  check_request(event->request);
  for (const auto form : {codec::HttpEventForm::gateway_v1, codec::HttpEventForm::gateway_v2,
                          codec::HttpEventForm::load_balancer, codec::HttpEventForm::load_balancer_lists}) {
    check_reply(form, event->request);
  }
  return 0;
}

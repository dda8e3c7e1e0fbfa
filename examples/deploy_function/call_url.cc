#include "call_url.h"

#include <cloudkit/driver/http.h>

namespace {

namespace http = cloudkit::http;

cloudkit::Result<http::Request> request_for(const std::string& url) {
  http::Request request;
  const std::size_t colon = url.find("://");
  if (colon == std::string::npos) {
    return cloudkit::Error(cloudkit::ErrorCode::unsupported, url + " cannot be called over HTTP",
                           "deploy on local:///DIR or on aws://REGION");
  }
  request.scheme = url.substr(0, colon);
  const std::size_t slash = std::min(url.find('/', colon + 3), url.size());
  request.host = url.substr(colon + 3, slash - colon - 3);
  request.path = slash == url.size() ? "/" : url.substr(slash);
  return request;
}

bool may_be_too_new(const http::Response& response) {
  return response.status == 403 || response.status == 404 || response.status == 503;
}

}  // namespace

cloudkit::Result<Reply> call_url(const std::string& url, std::chrono::seconds patience,
                                 const cloudkit::Context& context) {
  auto request = request_for(url);
  if (!request) return std::move(request).error();
  const auto transport = http::make_curl_transport();
  // Also of a reply that is slow itself.
  const cloudkit::Context patient = context.child_with_timeout(patience);
  for (;;) {
    const http::Exchange exchange = transport->send(*request, nullptr, patient);
    if (exchange.status && !may_be_too_new(exchange.response)) {
      return Reply{exchange.response.status, exchange.response.body};
    }
    if (patient.wait_for(std::chrono::seconds(1))) continue;
    if (auto going = context.check(); !going) return std::move(going).error();
    const std::string last =
        exchange.status ? "it answers " + std::to_string(exchange.response.status) : exchange.status.error().message;
    return cloudkit::Error(cloudkit::ErrorCode::unavailable,
                           "gave up on " + url + " after " + std::to_string(patience.count()) + " s: " + last);
  }
}

#include "call_url.h"

#include <cloudkit/driver/http.h>

namespace {

namespace http = cloudkit::http;

cloudkit::Result<http::Request> request_for(const std::string& method, const std::string& url) {
  http::Request request;
  for (const auto known :
       {http::Method::head, http::Method::put, http::Method::post, http::Method::remove, http::Method::patch}) {
    if (http::to_string(known) == method) request.method = known;
  }
  request.idempotent = request.method != http::Method::post && request.method != http::Method::patch;
  const std::size_t colon = url.find("://");
  if (colon == std::string::npos) {
    return cloudkit::Error(cloudkit::ErrorCode::unsupported, url + " cannot be called over HTTP",
                           "deploy on local:///DIR or on aws://REGION");
  }
  request.scheme = url.substr(0, colon);
  const std::size_t slash = std::min(url.find('/', colon + 3), url.size());
  request.host = url.substr(colon + 3, slash - colon - 3);
  request.encoded_path = slash == url.size() ? "/" : url.substr(slash);
  return request;
}

bool may_be_too_new(const http::Response& response) {
  return response.status == 403 || response.status == 404 || response.status == 503;
}

}  // namespace

cloudkit::Result<Reply> call_url(const std::string& method, const std::string& url, std::chrono::seconds patience,
                                 const cloudkit::Context& context) {
  auto request = request_for(method, url);
  if (!request) return std::move(request).error();
  const auto transport = http::make_curl_transport();
  // Also of a reply that is slow itself.
  const cloudkit::Context patient = context.child_with_timeout(patience);
  for (;;) {
    const http::Exchange exchange = transport->send(*request, nullptr, patient);
    if (exchange.status && !may_be_too_new(exchange.response)) {
      return Reply{exchange.response.status, exchange.response.body};
    }
    const bool may_repeat = exchange.status || !exchange.request_sent || request->idempotent;
    if (may_repeat && patient.wait_for(std::chrono::seconds(1))) continue;
    if (auto going = context.check(); !going) return std::move(going).error();
    if (exchange.status) return Reply{exchange.response.status, exchange.response.body};
    if (!may_repeat) return exchange.status.error();
    return cloudkit::Error(
        cloudkit::ErrorCode::unavailable,
        "gave up on " + url + " after " + std::to_string(patience.count()) + " s: " + exchange.status.error().message);
  }
}

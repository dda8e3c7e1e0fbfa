#include "fetch_page.h"

#include <cloudkit/driver/http.h>

namespace http = cloudkit::http;

cloudkit::Result<Page> fetch_page(const std::string& host, int port, std::chrono::seconds patience,
                                  const cloudkit::Context& context) {
  http::TransportOptions options;
  options.allow_http = true;  // The page is public.
  const auto transport = http::make_curl_transport(options);
  http::Request request;
  request.scheme = "http";
  const bool ipv6 = host.find(':') != std::string::npos;
  request.host = (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
  request.path = "/";
  const cloudkit::Context patient = context.child_with_timeout(patience);
  for (;;) {
    const http::Exchange exchange = transport->send(request, nullptr, patient);
    if (exchange.status) return Page{exchange.response.status, exchange.response.body};
    if (patient.wait_for(std::chrono::milliseconds(500))) continue;
    if (auto going = context.check(); !going) return std::move(going).error();
    return cloudkit::Error(cloudkit::ErrorCode::unavailable,
                           "http://" + request.host + "/ does not answer: " + exchange.status.error().message,
                           "does a firewall let the port in?");
  }
}

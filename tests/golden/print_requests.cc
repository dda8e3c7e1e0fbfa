// Prints each golden request, a line of JSON each.
#include "golden/requests.h"

#include <nlohmann/json.hpp>

#include <iostream>

int main() {
  using namespace cloudkit;
  for (const GoldenRequest& golden : golden_requests()) {
    const http::Request request = aws::service::request_of({"https", "host", {}, false, true}, golden.call);
    nlohmann::json line = {{"service", golden.service},
                           {"operation", golden.operation},
                           {"parameters", nlohmann::json::parse(golden.parameters)},
                           {"method", to_string(request.method)},
                           {"target", encode_target(request)},
                           {"headers", nlohmann::json::object()},
                           {"body", request.body.view()}};
    for (const http::Header& header : request.headers) line["headers"][header.name] = header.value;
    std::cout << line.dump() << '\n';
  }
}

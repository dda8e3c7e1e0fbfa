#pragma once

#include "http/loopback/message.h"
#include "local/functions/endpoint_routes.h"

#include <chrono>
#include <string>
#include <string_view>

/// What API Gateway and function URLs make of HTTP requests, and of functions' replies.
namespace cloudkit::inline v0::local::functions {

struct GatewayRequest {
  Route route = {};
  std::string raw_path = {};   ///< As it was sent, with the stage.
  std::string path = {};       ///< The same, decoded.
  std::string raw_query = {};  ///< Encoded.
  std::string authority = {};
  std::string request_id = {};
  std::chrono::system_clock::time_point time = {};
};

/// The event: of format 1.0 for a REST API, else 2.0. What is not UTF-8 in the body goes as base64.
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
Result<std::string> make_gateway_event(const GatewayRequest& gateway, const http::loopback::Request& request);

/// What the client gets of a function's reply. Errors: `invalid_argument` for a reply that is malformed, saying how.
Result<http::loopback::Response> read_gateway_reply(EndpointKind kind, std::string_view payload);

}  // namespace cloudkit::inline v0::local::functions

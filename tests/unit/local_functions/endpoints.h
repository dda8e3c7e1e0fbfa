#pragma once

#include "fixture.h"
#include "http/loopback/connection.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>

/// Endpoints of functions on this machine, and who calls them.
namespace test {

inline EndpointSpec at(const std::string& method, const std::string& path, const std::string& stage = "",
                       EndpointKind kind = EndpointKind::automatic) {
  EndpointSpec spec;
  spec.method = method;
  spec.path = path;
  spec.stage = stage;
  spec.kind = kind;
  return spec;
}

/// "http://127.0.0.1:41234/dev/hello" without what is behind the port.
inline http::loopback::Connection connect(const Endpoint& endpoint) {
  const std::string rest = endpoint.url.substr(std::string("http://").size());
  return http::loopback::Connection(http::loopback::Address::parse(rest.substr(0, rest.find('/'))).value());
}

inline http::loopback::Response call(const Endpoint& endpoint, const std::string& method, const std::string& target,
                                     const std::string& body = "", http::Headers headers = {}) {
  auto connection = connect(endpoint);
  auto reply = connection.send({method, target, std::move(headers), body, false, {}});
  REQUIRE_MESSAGE(reply.has_value(), reply.error().to_string());
  return *std::move(reply);
}

/// Answers with the event itself.
inline const char* const kMirror = R"(
while True:
    id, event = next()
    respond(id, json.dumps({"statusCode": 200, "body": event}))
)";

/// Answers with what the request's body says.
inline const char* const kSays = R"(
import base64
while True:
    id, event = next()
    respond(id, base64.b64decode(json.loads(event)["body"]).decode())
)";

}  // namespace test

#include "codec/http_event.h"
#include "endpoints.h"
#include "local/functions/gateway_event.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::local::functions;

namespace {

http::loopback::Request request() {
  http::loopback::Request request;
  request.method = "PUT";
  request.headers.add("X-Twice", "a");
  request.headers.add("Cookie", "s=1; t=2");
  request.headers.add("X-Twice", "b");
  request.body = std::string("\0\xff\xfe", 3);
  return request;
}

GatewayRequest gateway(EndpointKind kind, const std::string& stage) {
  GatewayRequest gateway;
  gateway.route.endpoint = {.id = "id", .kind = kind, .method = "ANY", .path = "/{name+}", .stage = stage};
  const bool is_rest = kind == EndpointKind::rest_api;
  gateway.route.path_parameters = {{"name", is_rest ? "a%20b%2541/%C3%BC" : "a b%41/\u00fc"}};
  gateway.raw_path = (stage.empty() ? "" : "/" + stage) + "/a%20b%2541/%C3%BC";
  gateway.path = (stage.empty() ? "" : "/" + stage) + "/a b%41/\u00fc";
  gateway.raw_query = "q=1&r=%20x&q=2";
  gateway.authority = "127.0.0.1:8080";
  gateway.request_id = "request-1";
  return gateway;
}

// The values of one name, or the one that joins them.
std::string joined(const HttpFields& fields, std::string_view name) {
  std::string text;
  for (const auto& [key, value] : fields) {
    if (key == name) text += (text.empty() ? "" : ",") + value;
  }
  return text;
}

}  // namespace

TEST_CASE("what an endpoint makes of a request, serve_http reads as that request") {
  for (const auto& [form, stage] : {std::pair(EndpointKind::rest_api, "dev"), std::pair(EndpointKind::http_api, "dev"),
                                    std::pair(EndpointKind::http_api, ""), std::pair(EndpointKind::url, "")}) {
    const EndpointKind kind = form;  // Clang 14 takes no structured binding in a lambda.
    const std::string name = stage;
    CAPTURE(static_cast<int>(kind));
    CAPTURE(name);
    const auto event = codec::read_http_event(make_gateway_event(gateway(kind, name), request()).value());
    REQUIRE_MESSAGE(event, event.error());
    const HttpRequest& read = event->request;
    CHECK(read.method == "PUT");
    CHECK(read.path == "/a b%41/\u00fc");
    CHECK(read.stage == name);
    CHECK(joined(read.query, "q") == "1,2");
    CHECK(joined(read.query, "r") == " x");
    CHECK(joined(read.headers, "x-twice") == "a,b");
    CHECK(read.cookies == HttpFields{{"s", "1"}, {"t", "2"}});
    CHECK(read.path_parameters == HttpFields{{"name", "a b%41/\u00fc"}});
    CHECK(read.source_ip == "127.0.0.1");
    CHECK(read.body == request().body);
  }
}

TEST_CASE("a path comes to an event as AWS's own says it, and to serve_http decoded, by every endpoint") {
  const ::test::LocalRuntime runtime;
  for (const char* name : {"rest", "http", "url"}) {
    runtime.deploy(::test::spec_of(name), ::test::program(::test::kMirror));
  }
  const auto read = [](const Endpoint& endpoint, const std::string& target, const std::string& as_sent) {
    const auto reply = ::test::call(endpoint, "GET", target);
    CHECK_MESSAGE((reply.body.find('"' + as_sent + '"') != std::string::npos), reply.body);
    return codec::read_http_event(reply.body).value().request;
  };
  const auto rest = read(runtime->expose("rest", ::test::at("GET", "/items/{id}", "dev")).value(),
                         "/d%65v/items/a%2Fb:c%2B@+", "/items/a%2Fb:c%2B@+");
  CHECK(rest.path == "/items/a/b:c+@+");
  CHECK(rest.path_parameters == HttpFields{{"id", "a/b:c+@+"}});
  const auto http =
      read(runtime->expose("http", ::test::at("GET", "/items/{id}")).value(), "/items/b:c%2B%2541", "/items/b:c+%41");
  CHECK(http.path == "/items/b:c+%41");
  CHECK(http.path_parameters == HttpFields{{"id", "b:c+%41"}});
  const auto url = read(runtime->expose("url", ::test::at("ANY", "/")).value(), "/any/b%2Bc%2541", "/any/b%2Bc%2541");
  CHECK(url.path == "/any/b+c%41");
}

TEST_CASE("what serve_http answers, an endpoint sends") {
  for (const EndpointKind kind : {EndpointKind::rest_api, EndpointKind::http_api, EndpointKind::url}) {
    CAPTURE(static_cast<int>(kind));
    HttpResponse response{.status = 404, .body = std::string("\0\xff", 2), .content_type = "image/png"};
    response.headers = {{"x-one", "1"}, {"x-two", "a"}, {"x-two", "b"}};
    response.cookies = {"a=b; Secure", "c=d"};
    const auto form =
        kind == EndpointKind::rest_api ? codec::HttpEventForm::gateway_v1 : codec::HttpEventForm::gateway_v2;
    const auto sent = read_gateway_reply(kind, codec::write_http_reply(form, response).value()).value();
    CHECK(sent.status == 404);
    CHECK(sent.body == response.body);
    CHECK(sent.headers.get("Content-Type") == "image/png");
    std::string twos;
    std::string cookies;
    for (const auto& header : sent.headers) {
      if (header.name == "x-two") twos += (twos.empty() ? "" : ",") + header.value;
      if (header.name == "Set-Cookie" || header.name == "set-cookie") cookies += header.value + "|";
    }
    CHECK(twos == "a,b");
    CHECK(cookies == "a=b; Secure|c=d|");
  }
}

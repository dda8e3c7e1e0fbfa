#include "runtime.h"

using namespace cloudkit;
using namespace cloudkit::test;

namespace {

HttpRequest request(std::string method, std::string body = {}) {
  HttpRequest request;
  request.method = std::move(method);
  request.body = std::move(body);
  return request;
}

// Answers with what it was asked.
HttpResponse describe(const HttpRequest& request) {
  HttpResponse response;
  response.body =
      request.method + ' ' + request.path + '?' + request.raw_query + ' ' + request.stage + ' ' + request.body;
  for (const auto& [name, value] : request.path_parameters) response.headers.emplace_back("p-" + name, value);
  for (const auto& [name, value] : request.query) response.headers.emplace_back("q-" + name, value);
  return response;
}

struct Exposed : MemoryRuntime {
  Exposed() {
    functions.add_http_handler("http", describe);
    spec.handler = "http";
    deploy();
  }
  Endpoint expose(std::string method, std::string path, std::string stage = {}) const {
    EndpointSpec endpoint;
    endpoint.method = std::move(method);
    endpoint.path = std::move(path);
    endpoint.stage = std::move(stage);
    endpoint.is_public = true;
    return runtime.expose("hello", endpoint).value();
  }
};

}  // namespace

TEST_CASE("an endpoint has a URL with stage and path, and is found again") {
  const Exposed exposed;
  const Endpoint endpoint = exposed.expose("GET", "/hello", "dev");
  CHECK(endpoint.url == "mem://functions/endpoint-1/dev/hello");
  CHECK(endpoint.kind == EndpointKind::rest_api);
  CHECK(exposed.expose("GET", "/hello", "dev").id == endpoint.id);
  CHECK(exposed.expose("POST", "/hello", "dev").id != endpoint.id);
  CHECK(exposed.expose("ANY", "/").kind == EndpointKind::url);
  CHECK(exposed.expose("ANY", "/x").kind == EndpointKind::http_api);
  CHECK(exposed.runtime.endpoints("hello").value().size() == 4);
  REQUIRE(exposed.runtime.unexpose("hello", endpoint));
  REQUIRE(exposed.runtime.unexpose("hello", endpoint));
  CHECK(exposed.functions.fetch(endpoint.url, request("GET")).status == 404);
  CHECK_FALSE(exposed.runtime.expose("other", {}));
}

TEST_CASE("a request brings method, path, query, stage and body") {
  const Exposed exposed;
  const Endpoint endpoint = exposed.expose("POST", "/hello", "dev");
  const HttpResponse response = exposed.functions.fetch(endpoint.url + "?a=1&b=%20x&b=y+z&&c", request("POST", "body"));
  CHECK(response.status == 200);
  CHECK(response.body == "POST /hello?a=1&b=%20x&b=y+z&&c dev body");
  CHECK(response.headers == HttpFields{{"q-a", "1"}, {"q-b", " x"}, {"q-b", "y z"}, {"q-c", ""}});
  CHECK(exposed.functions.fetch(endpoint.url, request("GET")).status == 404);
  CHECK(exposed.functions.fetch(endpoint.url + "/more", request("POST")).status == 404);
  CHECK(exposed.functions.fetch("mem://functions/none/dev/hello", request("POST")).status == 404);
}

TEST_CASE("paths have parameters") {
  const Exposed exposed;
  const std::string base = exposed.expose("ANY", "/a/{id}/b").url;
  const std::string url = base.substr(0, base.find("/a/"));
  const HttpResponse one = exposed.functions.fetch(url + "/a/x%20y/b", request("GET"));
  CHECK(one.headers == HttpFields{{"p-id", "x y"}});
  CHECK(exposed.functions.fetch(url + "/a//b", request("GET")).status == 404);
  CHECK(exposed.functions.fetch(url + "/a/x", request("GET")).status == 404);
  const std::string greedy = exposed.expose("ANY", "/files/{path+}").url;
  const std::string files = greedy.substr(0, greedy.find("/files/"));
  CHECK(exposed.functions.fetch(files + "/files/a/b/c", request("GET")).headers == HttpFields{{"p-path", "a/b/c"}});
}

TEST_CASE("who is not public lets nobody in") {
  const Exposed exposed;
  const Endpoint endpoint = exposed.runtime.expose("hello", {}).value();
  CHECK(exposed.functions.fetch(endpoint.url, request("GET")).status == 403);
  CHECK(exposed.runtime.expose("hello", {.is_public = true}).value().id == endpoint.id);
  CHECK(exposed.functions.fetch(endpoint.url, request("GET")).status == 200);
  CHECK(exposed.functions.fetch(endpoint.url + "any/path", request("GET")).status == 200);
}

TEST_CASE("a function that fails answers 500, as one that is served, and one that is gone, too") {
  Exposed exposed;
  exposed.functions.add_http_handler("http",
                                     [](const HttpRequest&) -> HttpResponse { throw std::runtime_error("no"); });
  const Endpoint endpoint = exposed.expose("GET", "/hello");
  const HttpResponse failed = exposed.functions.fetch(endpoint.url, request("GET"));
  CHECK(failed.status == 500);
  CHECK(failed.body == "internal error\n");
  CHECK(exposed.log()[1] == "[ERROR] std::runtime_error: no");
  REQUIRE(exposed.runtime.remove("hello"));
  CHECK(exposed.functions.fetch(endpoint.url, request("GET")).status == 500);
}

TEST_CASE("a program that ends instead of an answer is a bad gateway") {
  Exposed exposed;
  exposed.functions.add_http_handler("http", [](const HttpRequest&) -> HttpResponse { throw memory::ProgramExit{3}; });
  const Endpoint endpoint = exposed.expose("GET", "/hello");
  CHECK(exposed.functions.fetch(endpoint.url, request("GET")).status == 502);
}

TEST_CASE("what is no HTTP no client gets: 500, and the log says why") {
  HttpResponse no_status;
  no_status.status = 0;
  HttpResponse split;
  split.headers.emplace_back("X-Name", "a\r\nX-Evil: 1");
  for (const HttpResponse& reply : {no_status, split}) {
    Exposed exposed;
    exposed.functions.add_http_handler("http", [reply](const HttpRequest&) { return reply; });
    const Endpoint endpoint = exposed.expose("GET", "/hello");
    const HttpResponse got = exposed.functions.fetch(endpoint.url, request("GET"));
    CHECK(got.status == 500);
    CHECK(got.headers.empty());
    CHECK(exposed.log()[1].starts_with("[ERROR] invalid_argument: "));
  }
}

#include "endpoints.h"
#include "core/encode.h"
#include "core/function_rules.h"
#include "local/functions/endpoint_routes.h"

#include <nlohmann/json.hpp>

using namespace cloudkit;
using namespace std::string_literals;
using ::test::at;
using ::test::call;
using ::test::connect;
using ::test::kMirror;
using ::test::kSays;
using ::test::LocalRuntime;
using ::test::program;
using ::test::spec_of;
namespace loopback = http::loopback;
using local::functions::find_route;
using local::functions::Route;

namespace {

Route route(const std::string& function, const EndpointSpec& spec) {
  return {function, {"", "id", core::kind_of(spec), spec.method, spec.path, spec.stage, false}, {}};
}

}  // namespace

TEST_CASE("a REST API's endpoint makes the event of format 1.0") {
  const LocalRuntime runtime;
  runtime.deploy(spec_of("f"), program(kMirror));
  const Endpoint endpoint = runtime->expose("f", at("ANY", "/items/{id}", "dev")).value();
  CHECK(endpoint.kind == EndpointKind::rest_api);
  CHECK(endpoint.url.ends_with("/dev/items/{id}"));
  http::Headers headers;
  headers.add("X-One", "1");
  headers.add("X-Two", "a");
  headers.add("X-Two", "b");
  const auto reply = call(endpoint, "POST", "/dev/items/a%20b?q=1&q=%C3%A4&e", "text", headers);
  CHECK(reply.status == 200);
  CHECK(reply.headers.get("Content-Type") == "application/json");
  CHECK(reply.headers.get("x-amzn-RequestId").size() == 36);
  const auto event = nlohmann::json::parse(reply.body);
  CHECK(event["resource"] == "/items/{id}");
  CHECK(event["path"] == "/items/a%20b");
  CHECK(event["httpMethod"] == "POST");
  CHECK(event["headers"]["X-One"] == "1");
  CHECK(event["headers"]["X-Two"] == "b");
  CHECK(event["multiValueHeaders"]["X-Two"] == nlohmann::json({"a", "b"}));
  CHECK(event["queryStringParameters"]["q"] == "\u00e4");
  CHECK(event["multiValueQueryStringParameters"]["q"] == nlohmann::json({"1", "\u00e4"}));
  CHECK(event["queryStringParameters"]["e"] == "");
  CHECK(event["pathParameters"]["id"] == "a%20b");
  CHECK(event["requestContext"]["stage"] == "dev");
  CHECK(event["requestContext"]["path"] == "/dev/items/a%20b");
  CHECK(event["requestContext"]["identity"]["sourceIp"] == "127.0.0.1");
  CHECK(event["body"] == "dGV4dA==");
  CHECK(event["isBase64Encoded"] == true);
  const auto binary = nlohmann::json::parse(call(endpoint, "PUT", "/dev/items/1", "\xff\x00z"s).body);
  CHECK(binary["body"] == "/wB6");
  CHECK(binary["isBase64Encoded"] == true);
  const auto bare = nlohmann::json::parse(call(endpoint, "GET", "/dev/items/1").body);
  CHECK(bare["body"].is_null());
  CHECK(bare["queryStringParameters"].is_null());
}

TEST_CASE("a REST API encodes each body, HTTP APIs and functions' URLs those that are no text by their type") {
  const LocalRuntime runtime;
  runtime.deploy(spec_of("f"), program(kMirror));
  const Endpoint rest = runtime->expose("f", at("POST", "/rest", "dev")).value();
  const Endpoint http = runtime->expose("f", at("POST", "/http")).value();
  const auto is_encoded = [](const Endpoint& endpoint, const std::string& target, const std::string& type) {
    http::Headers headers;
    if (!type.empty()) headers.add("Content-Type", type);
    const auto event = nlohmann::json::parse(call(endpoint, "POST", target, "{}", headers).body);
    const bool encoded = event["isBase64Encoded"];
    CHECK(event["body"] == (encoded ? "e30=" : "{}"));
    return encoded;
  };
  for (const char* type : {"application/json", "text/plain", "application/octet-stream", ""}) {
    CAPTURE(type);
    CHECK(is_encoded(rest, "/dev/rest", type));
  }
  for (const char* type : {"application/json", "Application/JSON; charset=utf-8", "text/csv", "application/xml"}) {
    CAPTURE(type);
    CHECK_FALSE(is_encoded(http, "/http", type));
  }
  for (const char* type : {"application/octet-stream", "application/x-www-form-urlencoded", "application/jsonl", ""}) {
    CAPTURE(type);
    CHECK(is_encoded(http, "/http", type));
  }
}

TEST_CASE("an HTTP API's endpoint and a function's URL make the event of format 2.0") {
  const LocalRuntime runtime;
  runtime.deploy(spec_of("f"), program(kMirror));
  const Endpoint endpoint = runtime->expose("f", at("GET", "/hello")).value();
  CHECK(endpoint.kind == EndpointKind::http_api);
  http::Headers headers;
  headers.add("Cookie", "a=1; b=2");
  headers.add("X-Two", "a");
  headers.add("x-two", "b");
  const auto event = nlohmann::json::parse(call(endpoint, "GET", "/hello?q=1&q=2", "", headers).body);
  CHECK(event["version"] == "2.0");
  CHECK(event["routeKey"] == "GET /hello");
  CHECK(event["rawPath"] == "/hello");
  CHECK(event["rawQueryString"] == "q=1&q=2");
  CHECK(event["cookies"] == nlohmann::json({"a=1", "b=2"}));
  CHECK(event["headers"]["x-two"] == "a,b");
  CHECK_FALSE(event["headers"].contains("cookie"));
  CHECK(event["queryStringParameters"]["q"] == "1,2");
  CHECK(event["requestContext"]["http"]["method"] == "GET");
  CHECK(event["requestContext"]["stage"] == "$default");
  CHECK(std::string(event["requestContext"]["time"]).ends_with(" +0000"));
  CHECK(event["isBase64Encoded"] == false);

  runtime.deploy(spec_of("g"), program(kMirror));
  const Endpoint url = runtime->expose("g", at("ANY", "/")).value();
  CHECK(url.kind == EndpointKind::url);
  const auto deep = nlohmann::json::parse(call(url, "DELETE", "/any/path").body);
  CHECK(deep["routeKey"] == "$default");
  CHECK(deep["rawPath"] == "/any/path");
  CHECK(nlohmann::json::parse(call(url, "GET", "/hello").body)["routeKey"] == "GET /hello");
}

TEST_CASE("a function's reply is what its client gets, with bytes, repeated headers and cookies") {
  const LocalRuntime runtime;
  runtime.deploy(spec_of("f"), program(kSays));
  const Endpoint v1 = runtime->expose("f", at("POST", "/f", "dev")).value();
  const Endpoint v2 = runtime->expose("f", at("POST", "/f")).value();
  const auto full =
      call(v1, "POST", "/dev/f", R"({"statusCode":"201","headers":{"X-A":1,"X-B":"one","X-C":"z","Content-Length":"7"},
      "multiValueHeaders":{"X-B":["x","y"],"x-c":["z","a"]},"body":"/wB6","isBase64Encoded":true})");
  CHECK(full.status == 201);
  CHECK(full.headers.get("X-A") == "1");
  const auto all_of = [](const loopback::Response& reply, const std::string& name) {
    std::string all;
    for (const auto& header : reply.headers) {
      if (core::equals_ignoring_case(header.name, name)) all += header.value + '|';
    }
    return all;
  };
  CHECK(all_of(full, "X-B") == "one|x|y|");
  CHECK(all_of(full, "X-C") == "z|a|");
  CHECK(full.body == "\xff\x00z"s);
  const auto cookies = call(v2, "POST", "/f", R"({"statusCode":204,"cookies":["a=1","b=2; Path=/"]})");
  CHECK(cookies.status == 204);
  CHECK(all_of(cookies, "Set-Cookie") == "a=1|b=2; Path=/|");
  // Which knows no lists.
  const auto lists =
      call(v2, "POST", "/f", R"({"statusCode":204,"headers":{"x-b":"one"},"multiValueHeaders":{"x-b":["x"]}})");
  CHECK(all_of(lists, "x-b") == "one|");
  // Format 2.0 takes any JSON.
  const auto inferred = call(v2, "POST", "/f", R"({"hello":"you"})");
  CHECK(inferred.status == 200);
  CHECK(inferred.body == R"({"hello":"you"})");
  CHECK(inferred.headers.get("Content-Type") == "application/json");
  CHECK(call(v2, "POST", "/f", "\"text\"").body == "text");
}

TEST_CASE("a malformed reply, a function that fails and a path that is none are answered as API Gateway does") {
  const LocalRuntime runtime;
  runtime.deploy(spec_of("f"), program(kSays));
  const Endpoint endpoint = runtime->expose("f", at("POST", "/f", "dev")).value();
  for (const char* reply :
       {R"({"body":"x"})", R"({"statusCode":99})", R"({"statusCode":200,"body":{}})", "[1]",
        R"({"statusCode":200,"headers":{"a b":"x"}})", R"({"statusCode":200,"headers":{"a":"x\r\ny"}})",
        R"({"statusCode":200,"body":"!","isBase64Encoded":true})", R"({"statusCode":200,"cookies":["a=1"]})",
        R"({"statusCode":200,"statusDescription":"OK"})", "no JSON"}) {
    INFO(reply);
    const auto malformed = call(endpoint, "POST", "/dev/f", reply);
    CHECK(malformed.status == 502);
    CHECK(malformed.body == R"({"message":"Internal server error"})");
  }
  CHECK(call(endpoint, "POST", "/dev/f").status == 502);  // No body: the function raises.
  CHECK(call(endpoint, "POST", "/dev/f", R"({"statusCode":200})").status == 200);
  const auto unknown = call(endpoint, "POST", "/dev/other");
  CHECK(unknown.status == 403);
  CHECK(unknown.body == R"({"message":"Missing Authentication Token"})");
  CHECK(call(endpoint, "GET", "/dev/f").status == 403);
  CHECK(call(endpoint, "GET", "/other").status == 404);
  CHECK(call(endpoint, "GET", "/dev/%zz").status == 400);
  CHECK(call(endpoint, "POST", "/dev/f", std::string(7 << 20, 'x')).status == 413);
  REQUIRE(runtime->remove("f", {}));
  CHECK(call(endpoint, "POST", "/dev/f", "1").status == 500);
}

TEST_CASE("an endpoint answers no host but this machine, to whose address any web page's name may lead") {
  const LocalRuntime runtime;
  runtime.deploy(spec_of("f"), program(kMirror));
  const Endpoint endpoint = runtime->expose("f", at("GET", "/f", "dev")).value();
  const auto status_for = [&](const std::string& host) {
    http::Headers headers;
    headers.add("Host", host);
    return call(endpoint, "GET", "/dev/f", "", std::move(headers)).status;
  };
  for (const char* host : {"localhost", "localhost:3000", "127.0.0.1:1", "[::1]:80"}) CHECK(status_for(host) == 200);
  for (const char* host : {"evil.example", "localhost.evil.example:80", "10.0.0.1"}) CHECK(status_for(host) == 403);
}

TEST_CASE("an endpoint is found again, stays at its URL, and is gone when it is asked to be") {
  LocalRuntime runtime;
  runtime.deploy(spec_of("f"), program(kMirror));
  runtime.deploy(spec_of("g"), program(kMirror));
  CHECK(runtime->expose("none", at("GET", "/")).error().code == ErrorCode::not_found);
  const Endpoint first = runtime->expose("f", at("GET", "/f", "dev")).value();
  const Endpoint second = runtime->expose("f", at("GET", "/f", "dev")).value();
  CHECK(first.id == second.id);
  CHECK(first.url == second.url);
  const auto taken = runtime->expose("g", at("GET", "/f", "dev"));
  CHECK(taken.error().code == ErrorCode::conflict);
  CHECK(taken.error().message == "GET /dev/f leads to the function \"f\" already");
  REQUIRE(runtime->expose("g", at("POST", "/f", "dev")));
  runtime.close();
  auto closed = connect(first);
  CHECK(closed.send({"GET", "/dev/f", {}, "", false, {}}).error().code == ErrorCode::unavailable);
  runtime.open();
  const auto again = runtime->list_endpoints("f", {}).value();
  REQUIRE(again.size() == 1);
  CHECK(again[0].url == first.url);
  CHECK(call(again[0], "GET", "/dev/f").status == 200);

  // A second program on the same directory says the same URL, which the first one serves.
  const std::string directory = runtime.path("");
  local::functions::LocalFunctionDriver other(directory.substr(0, directory.size() - 1), {});
  CHECK(other.list_endpoints("f", {}).value()[0].url == first.url);

  REQUIRE(runtime->unexpose("f", first, {}));
  REQUIRE(runtime->unexpose("f", first, {}));
  CHECK(call(first, "GET", "/dev/f").status == 403);
  CHECK(runtime->list_endpoints("f", {}).value().empty());
  CHECK(runtime->list_endpoints("g", {}).value().size() == 1);
}

TEST_CASE("endpoints outlive the program that listened where another one holds the directory open") {
  LocalRuntime runtime;
  runtime.deploy(spec_of("f"), program(kMirror));
  const Endpoint endpoint = runtime->expose("f", at("GET", "/f")).value();
  const std::string directory = runtime.path("");
  local::functions::LocalFunctionDriver other(directory.substr(0, directory.size() - 1), {});
  CHECK(other.list_endpoints("f", {}).value()[0].url == endpoint.url);
  runtime.close();
  const auto answers = [&] {
    auto connection = connect(endpoint);
    const auto reply = connection.send({"GET", "/f", {}, "", false, {}});
    return reply && reply->status == 200;
  };
  CHECK(::test::soon(answers));
  CHECK(other.list_endpoints("f", {}).value()[0].url == endpoint.url);
}

TEST_CASE("a function goes on when its client hangs up, and ends with the runtime") {
  LocalRuntime runtime;
  runtime.deploy(runtime.gated("f"), program(std::string(::test::kGate) + R"(
id, event = next()
wait_at_gate()
open("/proc/self/cwd/../../done", "w").close()
respond(id, "{}")
)"));
  const auto hang_up = [&](const EndpointSpec& spec) {
    for (const char* name : {"gate", "gate.reached", "runtime/functions/f/done"}) {
      std::filesystem::remove(runtime.root() + "/" + name);
    }
    auto connection = connect(runtime->expose("f", spec).value());
    const auto context = Context::cancellable();
    bool answered = true;
    std::thread client([&] { answered = connection.send({"GET", spec.path, {}, "", false, {}}, context).has_value(); });
    CHECK(::test::soon([&] { return runtime.gate_is_reached(); }));
    context.cancel();
    client.join();
    CHECK_FALSE(answered);
  };
  for (const auto& spec : {at("GET", "/f"), at("ANY", "/")}) {
    CAPTURE(spec.path);
    hang_up(spec);
    std::this_thread::sleep_for(std::chrono::milliseconds(1200));  // The server looks once a second.
    runtime.open_gate();
    CHECK(::test::soon([&] { return std::filesystem::exists(runtime.path("functions/f/done")); }));
  }
  hang_up(at("ANY", "/"));
  const auto begin = std::chrono::steady_clock::now();
  runtime.close();
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));  // The function has 20.
}

TEST_CASE("29 seconds are API Gateway's limit, and not that of a function's URL") {
  using local::functions::longest_answer;
  CHECK(longest_answer(EndpointKind::rest_api) == std::chrono::seconds(29));
  CHECK(longest_answer(EndpointKind::http_api) == std::chrono::seconds(29));
  CHECK_FALSE(longest_answer(EndpointKind::url));
}

TEST_CASE("a port that somebody else took is replaced, unless it was asked for") {
  LocalRuntime runtime;
  runtime.deploy(spec_of("f"), program(kMirror));
  const Endpoint first = runtime->expose("f", at("GET", "/f")).value();
  runtime.close();
  const std::string authority = first.url.substr(7, first.url.rfind('/') - 7);
  const auto taken = loopback::listen_on(loopback::Address::parse(authority).value());
  REQUIRE(taken);
  runtime.open();
  const auto moved = runtime->list_endpoints("f", {}).value();
  CHECK(moved[0].url != first.url);
  CHECK(call(moved[0], "GET", "/f").status == 200);
  runtime.close();
  runtime.options().port = static_cast<std::uint16_t>(std::stoi(authority.substr(authority.find(':') + 1)));
  runtime.open();
  CHECK(runtime->list_endpoints("f", {}).error().code == ErrorCode::conflict);
}

TEST_CASE("the most specific route wins") {
  const std::vector<Route> routes = {route("root", at("ANY", "/")),
                                     route("greedy", at("ANY", "/{all+}", "dev")),
                                     route("item", at("GET", "/items/{id}", "dev")),
                                     route("mine", at("GET", "/items/mine", "dev")),
                                     route("any", at("ANY", "/items/{id}", "dev")),
                                     route("stage", at("GET", "/", "dev"))};
  const auto found = [&](const std::string& method, const std::string& path) {
    const auto route = find_route(routes, method, path, path);
    return route ? route->function : "none";
  };
  CHECK(found("GET", "/dev/items/mine") == "mine");
  CHECK(found("GET", "/dev/items/7") == "item");
  CHECK(found("PUT", "/dev/items/7") == "any");
  CHECK(found("GET", "/dev/items/7/8") == "greedy");
  CHECK(found("GET", "/dev/items") == "greedy");
  CHECK(found("GET", "/dev") == "stage");
  CHECK(found("GET", "/dev/") == "stage");
  CHECK(found("GET", "/other") == "root");
  CHECK(found("GET", "/") == "root");
  CHECK(find_route(routes, "GET", "/dev/a/b/c", "/dev/a/b/c")->path_parameters[0].second == "a/b/c");
  CHECK(find_route(routes, "GET", "/dev/items/x", "/dev/items/x")->path_parameters[0].first == "id");
  CHECK_FALSE(find_route({route("f", at("GET", "/a/{b}"))}, "GET", "/a", "/a"));
  CHECK_FALSE(find_route({route("f", at("GET", "/a/{b}"))}, "GET", "/a//", "/a//"));
}

TEST_CASE("of one directory one function has a function URL, and who wants another is told what else there is") {
  const LocalRuntime runtime;
  runtime.deploy(spec_of("a"), program(kMirror));
  runtime.deploy(spec_of("b"), program(kMirror));
  REQUIRE(runtime->expose("a", at("ANY", "/")));
  const auto taken = runtime->expose("b", at("ANY", "/"));
  REQUIRE_FALSE(taken);
  CHECK(taken.error().code == ErrorCode::conflict);
  CHECK(taken.error().hint ==
        "functions of one directory share a port, and one has a function URL: name a path, or use another directory");
  CHECK(runtime->expose("b", at("ANY", "/b")));
}

TEST_CASE("an endpoint that a removed function left is in nobody's way") {
  const LocalRuntime runtime;
  runtime.deploy(spec_of("a"), program(kMirror));
  runtime.deploy(spec_of("b"), program(kMirror));
  REQUIRE(runtime->expose("a", at("GET", "/x/{id}")));
  REQUIRE(runtime->remove("a", {}));
  const Endpoint endpoint = runtime->expose("b", at("GET", "/x/{key}")).value();
  const auto reply = call(endpoint, "GET", "/x/1");
  CHECK(reply.status == 200);
  CHECK(nlohmann::json::parse(reply.body)["pathParameters"]["key"] == "1");
}

TEST_CASE("what a path's parameters are called makes no other place of it") {
  const LocalRuntime runtime;
  runtime.deploy(spec_of("a"), program(kMirror));
  runtime.deploy(spec_of("b"), program(kMirror));
  const Endpoint first = runtime->expose("a", at("GET", "/x/{id}/{rest+}", "dev")).value();
  const auto taken = runtime->expose("b", at("GET", "/x/{key}/{all+}", "dev"));
  REQUIRE_FALSE(taken);
  CHECK(taken.error().code == ErrorCode::conflict);
  CHECK(taken.error().message == "GET /dev/x/{key}/{all+} leads to the function \"a\" already");
  CHECK(runtime->expose("a", at("GET", "/x/{key}/{all+}", "dev")).value().id == first.id);
  CHECK(runtime->list_endpoints("a", {}).value().size() == 1);
  REQUIRE(runtime->expose("b", at("GET", "/x/{key}/{all}", "dev")));
  REQUIRE(runtime->expose("b", at("GET", "/x/id/{all+}", "dev")));
}

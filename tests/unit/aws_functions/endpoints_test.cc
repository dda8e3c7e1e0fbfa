#include "aws/apigateway/rest_protocol.h"
#include "fixture.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <thread>

using namespace cloudkit;
using namespace cloudkit::aws;
using cloudkit::testing::error_type;
using cloudkit::testing::Fixture;
using cloudkit::testing::function_json;

namespace {

const std::string kApis =
    R"({"item":[{"id":"other","tags":{"cloudkit:function":"hello","cloudkit:stage":"prod"}},)"
    R"({"id":"foreign"},{"id":"api1","tags":{"cloudkit:function":"hello","cloudkit:stage":"dev"}}]})";
const std::string kUri =
    "arn:aws:apigateway:us-west-2:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-west-2:123456789012:function:hello/invocations";

std::string resources(const std::string& authorization) {
  return R"({"item":[{"id":"root","path":"/"},{"id":"res1","path":"/hello","resourceMethods":{"GET":)"
         R"({"authorizationType":")" +
         authorization + R"(","methodIntegration":{"uri":")" + kUri + R"("}}}}]})";
}

std::string digest_with(const std::string& authorization) {
  apigateway::RestResources shown;
  shown.methods = {{"res1", "/hello", "GET", authorization, kUri}};
  return apigateway::digest_of(shown);
}

std::string stage_with(const std::string& digest) { return R"({"variables":{"cloudkit":")" + digest + R"("}})"; }

EndpointSpec get_hello() {
  EndpointSpec spec;
  spec.method = "GET";
  spec.path = "/hello";
  spec.stage = "dev";
  spec.is_public = true;
  return spec;
}

}  // namespace

TEST_CASE("an endpoint that is there is found, and nothing is changed") {
  Fixture fixture;
  fixture.then(200, function_json()).then(200, kApis).then(200, resources("NONE"));
  fixture.then(409, R"({"Message":"The statement id (x) provided already exists."})",
               error_type("ResourceConflictException"));
  fixture.then(200, stage_with(digest_with("NONE")));
  const auto endpoint = fixture.driver->expose("hello", get_hello());
  REQUIRE(endpoint);
  CHECK(endpoint->url == "https://api1.execute-api.us-west-2.amazonaws.com/dev/hello");
  CHECK(endpoint->is_public);
  CHECK(fixture.sent.size() == 5);
}

TEST_CASE("a stage that does not show its methods is deployed, also after an interruption between the two") {
  Fixture fixture;
  fixture.then(200, function_json()).then(200, kApis).then(200, resources("NONE")).then(201, "{}");
  fixture.then(200, stage_with("of before")).then(201, "{}");
  REQUIRE(fixture.driver->expose("hello", get_hello()));
  CHECK(fixture.sent.back() ==
        R"(POST apigateway/restapis/api1/deployments {"stageName":"dev","variables":{"cloudkit":")" +
            digest_with("NONE") + R"("}})");
}

TEST_CASE("who may call a method is changed by making it anew, before anybody sees it") {
  Fixture fixture;
  fixture.then(200, function_json()).then(200, kApis).then(200, resources("AWS_IAM"));
  fixture.then(204).then(201, "{}").then(201, "{}").then(201, "{}").then(404, "{}", error_type("NotFoundException"));
  fixture.then(201, "{}");
  REQUIRE(fixture.driver->expose("hello", get_hello()));
  const std::string method = "apigateway/restapis/api1/resources/res1/methods/GET";
  CHECK(fixture.sent.at(3) == "DELETE " + method);
  CHECK(fixture.sent.at(4) == "PUT " + method + R"( {"authorizationType":"NONE"})");
  CHECK(fixture.sent.at(5) ==
        "PUT " + method + R"(/integration {"type":"AWS_PROXY","httpMethod":"POST","uri":")" + kUri + R"("})");
  CHECK(fixture.sent.at(6).starts_with("POST lambda/2015-03-31/functions/hello/policy "));
  CHECK(fixture.sent.at(7) == "GET apigateway/restapis/api1/stages/dev");
  CHECK(fixture.sent.at(8).starts_with("POST apigateway/restapis/api1/deployments "));
}

TEST_CASE("a method whose removal was done, and its answer lost, is made anew all the same") {
  Fixture fixture;
  fixture.then(200, function_json()).then(200, kApis).then(200, resources("AWS_IAM"));
  fixture.then(404, R"({"message":"Invalid Method identifier specified"})", error_type("NotFoundException"));
  fixture.then(201, "{}").then(201, "{}").then(201, "{}").then(404, "{}", error_type("NotFoundException"));
  fixture.then(201, "{}");
  const auto endpoint = fixture.driver->expose("hello", get_hello());
  REQUIRE_MESSAGE(endpoint.has_value(), endpoint.error().to_string());
  const std::string method = "apigateway/restapis/api1/resources/res1/methods/GET";
  CHECK(fixture.sent.at(3) == "DELETE " + method);
  CHECK(fixture.sent.at(4) == "PUT " + method + R"( {"authorizationType":"NONE"})");
  CHECK(fixture.sent.at(5).starts_with("PUT " + method + "/integration "));
  CHECK(fixture.sent.at(8).starts_with("POST apigateway/restapis/api1/deployments "));
}

TEST_CASE("an API of its own is made where there is none, with a resource for each segment") {
  Fixture fixture;
  fixture.then(200, function_json()).then(200, R"({"item":[],"position":"p2"})").then(200, R"({"item":[]})");
  fixture.then(201, R"({"id":"new"})").then(200, R"({"item":[]})");
  fixture.then(200, R"({"item":[{"id":"root","path":"/"}]})");
  fixture.then(201, R"({"id":"r1"})").then(201, R"({"id":"r2"})");
  fixture.then(201, "{}").then(201, "{}").then(201, "{}").then(404, "{}").then(201, "{}");
  EndpointSpec spec = get_hello();
  spec.path = "/users/{id}";
  REQUIRE(fixture.driver->expose("hello", spec));
  CHECK(fixture.sent.at(2) == "GET apigateway/restapis?limit=500&position=p2");
  CHECK(fixture.sent.at(6) == R"(POST apigateway/restapis/new/resources/root {"pathPart":"users"})");
  CHECK(fixture.sent.at(7) == R"(POST apigateway/restapis/new/resources/r1 {"pathPart":"{id}"})");
  CHECK(fixture.sent.at(10).find(R"("SourceArn":"arn:aws:execute-api:us-west-2:123456789012:new/*/GET/users/*")") !=
        std::string::npos);
}

TEST_CASE("of two APIs that two deployers made at the same time one stays, whoever looks") {
  const auto tagged = [](const char* member, const std::string& first, const std::string& second) {
    const auto api = [&](const std::string& id) {
      return R"({")" + std::string(member) + R"(":")" + id +
             R"(","apiEndpoint":"https://a","tags":{"cloudkit:function":"hello","cloudkit:stage":"dev"},"Tags":{"cloudkit:function":"hello",)" +
             R"("cloudkit:stage":"dev"}})";
    };
    return "[" + api(first) + "," + api(second) + "]";
  };
  for (const bool is_ours : {true, false}) {
    CAPTURE(is_ours);
    const std::string theirs = is_ours ? "b2" : "a0";
    Fixture rest;
    rest.then(200, function_json()).then(200, R"({"item":[]})").then(201, R"({"id":"a1"})");
    rest.then(200, R"({"item":)" + tagged("id", theirs, "a1") + "}");
    if (!is_ours) rest.then(202);
    rest.then(403, "{}");
    CHECK_FALSE(rest.driver->expose("hello", get_hello()));
    if (!is_ours) CHECK(rest.sent.at(4) == "DELETE apigateway/restapis/a1");
    CHECK(rest.sent.back().starts_with(std::string("GET apigateway/restapis/") + (is_ours ? "a1" : "a0")));

    EndpointSpec spec = get_hello();
    spec.kind = EndpointKind::http_api;
    Fixture http;
    http.then(200, function_json())
        .then(200, R"({"Items":[],"items":[]})")
        .then(201, R"({"apiId":"a1","apiEndpoint":"https://a1"})");
    http.then(200, R"({"items":)" + tagged("apiId", theirs, "a1") + "}");
    if (!is_ours) http.then(204);
    http.then(403, "{}");
    CHECK_FALSE(http.driver->expose("hello", spec));
    if (!is_ours) CHECK(http.sent.at(4) == "DELETE apigateway/v2/apis/a1");
    CHECK(http.sent.back().starts_with(std::string("GET apigateway/v2/apis/") + (is_ours ? "a1" : "a0")));
  }
}

TEST_CASE("of several APIs of a stage the oldest is taken, of equally old ones that of the lowest id") {
  const std::string tags = R"("tags":{"cloudkit:function":"hello","cloudkit:stage":"dev"}})";
  const auto rest_choice = [&](const std::string& first, const std::string& second) {
    Fixture fixture;
    fixture.then(200, function_json());
    fixture.then(200, R"({"item":[{"id":"a1","createdDate":)" + first + "," + tags + R"(,{"id":"b2","createdDate":)" +
                          second + "," + tags + "]}");
    fixture.then(403, "{}");
    CHECK_FALSE(fixture.driver->expose("hello", get_hello()));
    return fixture.sent.back().substr(0, 27);
  };
  CHECK(rest_choice("1795651201", "1795651200") == "GET apigateway/restapis/b2/");
  CHECK(rest_choice("1795651200", "1795651201") == "GET apigateway/restapis/a1/");
  CHECK(rest_choice("1795651200.9", "1795651200") == "GET apigateway/restapis/a1/");

  Fixture http;
  EndpointSpec spec = get_hello();
  spec.kind = EndpointKind::http_api;
  http.then(200, function_json());
  http.then(200, R"({"items":[{"apiId":"a1","createdDate":"2026-11-26T00:00:01Z",)" + tags +
                     R"(,{"apiId":"b2","createdDate":"2026-11-26T00:00:00Z",)" + tags + "]}");
  http.then(403, "{}");
  CHECK_FALSE(http.driver->expose("hello", spec));
  CHECK(http.sent.back().starts_with("GET apigateway/v2/apis/b2/"));
}

TEST_CASE("endpoints are made one after another, and who waits for its turn can be cancelled") {
  Fixture fixture;
  std::optional<Error> second;
  fixture.then([&](const http::Request& request, http::BodyReceiver* receiver, const Context& context) {
    EndpointSpec impatient = get_hello();
    impatient.context = Context::with_timeout(std::chrono::milliseconds(50));
    std::thread other([&] { second = fixture.driver->expose("hello", impatient).error(); });
    other.join();
    return cloudkit::testing::reply(403, {}, "{}")(request, receiver, context);
  });
  CHECK_FALSE(fixture.driver->expose("hello", get_hello()));
  REQUIRE(second.has_value());
  CHECK(second->code == ErrorCode::timeout);
  CHECK(fixture.sent.size() == 1);
}

TEST_CASE("a listing of APIs whose pages go round is an error, not a part of it") {
  Fixture rest;
  for (int i = 0; i < 2; ++i) rest.then(200, R"({"item":[],"position":"p"})");
  CHECK(rest.driver->list_endpoints("hello", {}).error().message == "the service answered the same page token twice");
  Fixture http;
  http.then(200, R"({"item":[]})");
  for (int i = 0; i < 2; ++i) http.then(200, R"({"items":[],"nextToken":"t"})");
  CHECK(http.driver->list_endpoints("hello", {}).error().message == "the service answered the same page token twice");
}

TEST_CASE("another partition has other names") {
  Fixture fixture({.region = "cn-north-1"});
  std::string chinese = function_json();
  for (auto at = chinese.find("arn:aws:"); at != std::string::npos; at = chinese.find("arn:aws:", at + 1)) {
    chinese.replace(at, 8, "arn:aws-cn:");
  }
  chinese.replace(chinese.find("us-west-2"), 9, "cn-north-1");
  fixture.then(200, chinese).then(200, kApis).then(200, R"({"item":[{"id":"root","path":"/"}]})");
  fixture.then(201, R"({"id":"r1"})").then(201, "{}").then(201, "{}").then(201, "{}").then(404, "{}").then(201, "{}");
  CHECK(fixture.driver->expose("hello", get_hello()).value().url ==
        "https://api1.execute-api.cn-north-1.amazonaws.com.cn/dev/hello");
  for (const std::string& sent : fixture.sent) CHECK(sent.find("arn:aws:") == std::string::npos);
  CHECK(fixture.sent.at(5).find("arn:aws-cn:apigateway:cn-north-1:lambda:path/") != std::string::npos);
}

TEST_CASE("an endpoint of others is not removed, whatever its id") {
  Fixture fixture;
  fixture.then(200, kApis).then(404, "{}", error_type("ResourceNotFoundException"));
  cloudkit::Endpoint endpoint;
  endpoint.id = "foreign";
  endpoint.kind = EndpointKind::rest_api;
  CHECK(fixture.driver->unexpose("hello", endpoint, {}));
  CHECK(fixture.sent.size() == 2);
}

TEST_CASE("the function goes first, and its endpoint after it") {
  Fixture fixture;
  fixture.then(200, kApis)
      .then(200, resources("NONE"))
      .then(202, "")
      .then(404, "{}", error_type("ResourceNotFoundException"));
  cloudkit::Endpoint endpoint;
  endpoint.id = "api1";
  endpoint.kind = EndpointKind::rest_api;
  endpoint.method = "GET";
  endpoint.path = "/hello";
  endpoint.stage = "dev";
  CHECK(fixture.driver->unexpose("hello", endpoint, {}));
  CHECK(fixture.sent.at(2) == "DELETE apigateway/restapis/api1");
}

TEST_CASE("a removal that was interrupted before the deployment is not done until the stage shows it") {
  Fixture fixture;
  fixture.then(200, kApis).then(200, resources("NONE")).then(200, stage_with("of before")).then(201, "{}");
  fixture.then(404, "{}", error_type("ResourceNotFoundException"));
  cloudkit::Endpoint endpoint;
  endpoint.id = "api1";
  endpoint.kind = EndpointKind::rest_api;
  endpoint.method = "POST";
  endpoint.path = "/gone";
  endpoint.stage = "dev";
  CHECK(fixture.driver->unexpose("hello", endpoint, {}));
  CHECK(fixture.sent.at(3) ==
        R"(POST apigateway/restapis/api1/deployments {"stageName":"dev","variables":{"cloudkit":")" +
            digest_with("NONE") + R"("}})");

  // Shown already: nothing is deployed.
  Fixture done;
  done.then(200, kApis).then(200, resources("NONE")).then(200, stage_with(digest_with("NONE")));
  done.then(404, "{}", error_type("ResourceNotFoundException"));
  CHECK(done.driver->unexpose("hello", endpoint, {}));
  CHECK(done.sent.size() == 4);
}

TEST_CASE("each route of an HTTP API has a permission of its own, for whatever method the API asks with") {
  lambda::FunctionRef function{"hello", {}, "aws", "us-west-2", "1"};
  const auto get = apigateway::permission_for(function, EndpointKind::http_api, "a1", "GET", "/users/{id}/{rest+}");
  const auto put = apigateway::permission_for(function, EndpointKind::http_api, "a1", "PUT", "/users/{id}/{rest+}");
  CHECK(get.source_arn == "arn:aws:execute-api:us-west-2:1:a1/*/*/users/*/*");
  CHECK(put.source_arn == get.source_arn);
  CHECK(lambda::statement_id(put) != lambda::statement_id(get));
  CHECK(lambda::statement_id(get) == lambda::statement_id(get));
  CHECK(lambda::statement_id(get).size() <= 100);
  const auto any = apigateway::permission_for(function, EndpointKind::rest_api, "a1", "ANY", "/");
  CHECK(any.source_arn == "arn:aws:execute-api:us-west-2:1:a1/*/*/");
}

TEST_CASE("the kind of an endpoint follows from what it is to do") {
  const auto first_request = [](const EndpointSpec& spec) {
    Fixture fixture;
    fixture.then(200, function_json()).then(403, "{}");
    CHECK_FALSE(fixture.driver->expose("hello", spec));
    return fixture.sent.at(1).substr(0, fixture.sent.at(1).find('?'));
  };
  EndpointSpec spec;
  CHECK(first_request(spec) == "GET lambda/2021-10-31/functions/hello/url");
  spec.method = "GET";
  CHECK(first_request(spec) == "GET apigateway/v2/apis");
  spec.stage = "dev";
  CHECK(first_request(spec) == "GET apigateway/restapis");
  spec.kind = EndpointKind::http_api;
  CHECK(first_request(spec) == "GET apigateway/v2/apis");
}

TEST_CASE("what a kind cannot do is refused") {
  Fixture fixture;
  fixture.then(200, function_json()).then(200, function_json());
  EndpointSpec spec = get_hello();
  spec.kind = EndpointKind::url;
  CHECK(fixture.driver->expose("hello", spec).error().message ==
        "a Function URL is for every method and path, and has no stage");
  spec.kind = EndpointKind::rest_api;
  spec.stage.clear();
  CHECK(fixture.driver->expose("hello", spec).error().message == "a REST API has a stage, and none is named");
}

TEST_CASE("a Function URL is opened by two permissions, which go before it is closed") {
  Fixture fixture;
  const std::string config = R"({"FunctionUrl":"https://u.lambda-url.us-west-2.on.aws/","AuthType":"NONE"})";
  fixture.then(200, function_json()).then(200, config).then(204).then(204);
  fixture.then(200, R"({"FunctionUrl":"https://u.lambda-url.us-west-2.on.aws/","AuthType":"AWS_IAM"})");
  CHECK_FALSE(fixture.driver->expose("hello", {}).value().is_public);
  CHECK(fixture.sent.at(2).starts_with("DELETE lambda/2015-03-31/functions/hello/policy/cloudkit-"));
  CHECK(fixture.sent.at(3).starts_with("DELETE lambda/2015-03-31/functions/hello/policy/cloudkit-"));
  CHECK(fixture.sent.at(4) == R"(PUT lambda/2021-10-31/functions/hello/url {"AuthType":"AWS_IAM"})");

  Fixture open;
  open.then(200, function_json()).then(404, "{}", error_type("ResourceNotFoundException")).then(201, config);
  open.then(201, "{}").then(201, "{}");
  EndpointSpec spec;
  spec.is_public = true;
  CHECK(open.driver->expose("hello", spec).value().url == "https://u.lambda-url.us-west-2.on.aws/");
  CHECK(open.sent.at(3).find(R"("Action":"lambda:InvokeFunctionUrl","Principal":"*","FunctionUrlAuthType":"NONE"})") !=
        std::string::npos);
  CHECK(open.sent.at(4).find(R"("Action":"lambda:InvokeFunction","Principal":"*","InvokedViaFunctionUrl":true})") !=
        std::string::npos);
}

#include "codec/http_event.h"

#include "codec/http_reply.h"
#include "codec/json.h"
#include "support/test_data.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::codec;

namespace {

HttpEvent golden(const std::string& name) { return read_http_event(read_test_data("http_events/" + name)).value(); }

HttpResponse rich_response() {
  HttpResponse response;
  response.status = 201;
  response.body = "h\u00e9llo\n";
  response.headers = {{"X-One", "1"}, {"x-two", "a"}, {"X-Two", "b"}, {"Transfer-Encoding", "chunked"}};
  response.cookies = {"a=b; Secure", "c=d"};
  return response;
}

std::string refusal(std::string_view event) { return read_http_event(event).error().to_string(); }

}  // namespace

TEST_CASE("an event of a REST API: the path and its parameters are encoded, without the stage; the query is decoded") {
  const HttpEvent event = golden("rest_api.json");
  const HttpRequest& request = event.request;
  CHECK(event.form == HttpEventForm::gateway_v1);
  CHECK(request.method == "POST");
  CHECK(request.path == "/files/a b+/test+alias@example.com");
  CHECK(request.stage == "prod");
  CHECK(request.query == HttpFields{{"parameter1", "value1"}, {"parameter2", "a"}, {"parameter2", "b & c"}});
  CHECK(request.raw_query == "parameter1=value1&parameter2=a&parameter2=b%20%26%20c");
  CHECK(request.headers == HttpFields{{"content-type", "application/json"},
                                      {"cookie", "cookie1=a; cookie2=b"},
                                      {"header1", "value1"},
                                      {"header2", "value1"},
                                      {"header2", "value2"}});
  CHECK(request.cookies == HttpFields{{"cookie1", "a"}, {"cookie2", "b"}});
  CHECK(request.path_parameters == HttpFields{{"name", "a b+/test+alias@example.com"}});
  CHECK(request.source_ip == "192.0.2.1");
  CHECK(request.body == "{\"hello\": \"w\u00f6rld\"}");
}

TEST_CASE("an event of an HTTP API, in either format: the path is decoded and has the stage") {
  const HttpEvent v1 = golden("http_api_v1.json");
  CHECK(v1.form == HttpEventForm::gateway_v1);
  CHECK(v1.request.path == "/my/path%41");
  CHECK(v1.request.stage == "dev");
  CHECK(v1.request.query == HttpFields{{"parameter1", "value1"}, {"parameter1", "value2"}, {"parameter2", "value"}});
  CHECK(v1.request.body == "Hello from Lambda!\xff");

  const HttpEvent v2 = golden("http_api_v2.json");
  CHECK(v2.form == HttpEventForm::gateway_v2);
  CHECK(v2.request.method == "POST");
  CHECK(v2.request.path == "/my/path%41");
  CHECK(v2.request.stage == "dev");
  CHECK(v2.request.raw_query == "parameter1=value1&parameter1=value2&parameter2=a%20b+c");
  CHECK(v2.request.query == HttpFields{{"parameter1", "value1"}, {"parameter1", "value2"}, {"parameter2", "a b c"}});
  CHECK(v2.request.headers == HttpFields{{"header1", "value1"}, {"header2", "value1,value2"}});
  CHECK(v2.request.cookies == HttpFields{{"cookie1", "a"}, {"cookie2", "b=c"}});
  CHECK(v2.request.path_parameters == HttpFields{{"name", "path"}});
  CHECK(v2.request.source_ip == "192.0.2.1");
  CHECK(v2.request.body == "Hello from client");
}

TEST_CASE("an event of a function URL: the path is encoded, and no stage is one") {
  const HttpEvent event = golden("function_url.json");
  CHECK(event.form == HttpEventForm::gateway_v2);
  CHECK(event.request.path == "/my/pathA");
  CHECK(event.request.stage.empty());
  CHECK(event.request.body.empty());
}

TEST_CASE("an event of a function's URL on local:// is one by its route, since the domain says nothing") {
  const auto path = [](const std::string& route) {
    return read_http_event(R"({"rawPath":"/a%2Bb","requestContext":{"apiId":"local","domainName":"127.0.0.1:80",)"
                           R"("routeKey":")" +
                           route + R"(","http":{"method":"GET"}}})")
        .value()
        .request.path;
  };
  CHECK(path("$default") == "/a+b");
  CHECK(path("GET /{name}") == "/a%2Bb");
}

TEST_CASE("a parameter of a path that is encoded wrongly stays as it is") {
  const auto event = read_http_event(R"({"httpMethod":"GET","path":"/50%","pathParameters":{"a":"50%","b":"%41"}})");
  CHECK(event.value().request.path_parameters == HttpFields{{"a", "50%"}, {"b", "A"}});
}

TEST_CASE("an event of a load balancer: path and query are encoded") {
  const HttpEvent event = golden("load_balancer.json");
  CHECK(event.form == HttpEventForm::load_balancer);
  CHECK(event.request.path == "/lambda path");
  CHECK(event.request.raw_query == "other=a+b&query=1234ABCD%20e");
  CHECK(event.request.query == HttpFields{{"other", "a b"}, {"query", "1234ABCD e"}});
  CHECK(event.request.source_ip == "192.0.2.12");
  CHECK(event.request.cookies == HttpFields{{"name1", "value1"}});

  const HttpEvent lists = golden("load_balancer_lists.json");
  CHECK(lists.form == HttpEventForm::load_balancer_lists);
  CHECK(lists.request.query == HttpFields{{"myKey", "val1"}, {"myKey", "val2"}});
  CHECK(lists.request.cookies == HttpFields{{"name1", "value1"}, {"name2", "value2"}, {"name3", "value3"}});
}

TEST_CASE("only a whole first segment is a stage") {
  const auto path = [](const std::string& raw) {
    return read_http_event(R"({"rawPath":")" + raw + R"(","requestContext":{"stage":"dev","http":{"method":"GET"}}})")
        .value()
        .request.path;
  };
  CHECK(path("/dev") == "/");
  CHECK(path("/dev/") == "/");
  CHECK(path("/dev/dev/x") == "/dev/x");
  CHECK(path("/development") == "/development");
  CHECK(path("/other") == "/other");
  CHECK(path("") == "/");
  CHECK(path("x") == "/x");
}

TEST_CASE("what is no HTTP event is refused, without showing it") {
  const std::string nothing_http = "neither httpMethod nor requestContext.http";
  CHECK(refusal("{}").find(nothing_http) != std::string::npos);
  CHECK(refusal("[]").find(nothing_http) != std::string::npos);
  CHECK(refusal(R"({"Records":[{"cktest-record-1":1}]})").find(nothing_http) != std::string::npos);
  CHECK(refusal(R"({"Records":[{"cktest-record-1":1}]})").find("cktest") == std::string::npos);
  CHECK(refusal("").find("empty") != std::string::npos);
  CHECK(refusal("{\"httpMethod\":").find("cut off") != std::string::npos);
  CHECK(refusal(R"({"httpMethod":"G ET"})").find("its method is none") != std::string::npos);
  CHECK(refusal(R"({"httpMethod":""})").find("its method is none") != std::string::npos);
  CHECK(refusal(R"({"requestContext":{"http":{"method":7}}})").find("its method is none") != std::string::npos);
  CHECK(refusal(R"({"httpMethod":"GET","body":"?!","isBase64Encoded":true})").find("not base64") != std::string::npos);
  CHECK(refusal(R"({"httpMethod":"GET","httpMethod":"PUT"})").find("same name twice") != std::string::npos);
  CHECK(refusal(std::string(100, '[')).find("deeper than 64") != std::string::npos);
  CHECK(read_http_event("{}").error().code == ErrorCode::invalid_argument);
}

TEST_CASE("members of another type than AWS's are as if they were missing") {
  const auto event = read_http_event(
      R"({"httpMethod":"GET","path":7,"headers":{"A":1,"B":null,"C":"c","D":["d"]},"multiValueHeaders":null,)"
      R"("queryStringParameters":[],"pathParameters":"x","body":{},"isBase64Encoded":"true",)"
      R"("requestContext":"none"})");
  REQUIRE(event);
  CHECK(event->request.path == "/");
  CHECK(event->request.headers == HttpFields{{"c", "c"}});
  CHECK(event->request.query.empty());
  CHECK(event->request.path_parameters.empty());
  CHECK(event->request.body.empty());
}

TEST_CASE("a reply to API Gateway v1 has lists for what comes twice") {
  CHECK(write_http_reply(HttpEventForm::gateway_v1, rich_response()).value() ==
        R"({"statusCode":201,"headers":{"content-type":"text/plain; charset=utf-8","X-One":"1"},)"
        R"("multiValueHeaders":{"x-two":["a","b"],"set-cookie":["a=b; Secure","c=d"]},)"
        "\"body\":\"h\u00e9llo\\n\",\"isBase64Encoded\":false}");
}

TEST_CASE("a reply to API Gateway v2 and function URLs has its cookies apart") {
  CHECK(write_http_reply(HttpEventForm::gateway_v2, rich_response()).value() ==
        R"({"statusCode":201,"headers":{"content-type":"text/plain; charset=utf-8","X-One":"1","x-two":"a,b"},)"
        R"("cookies":["a=b; Secure","c=d"],)"
        "\"body\":\"h\u00e9llo\\n\",\"isBase64Encoded\":false}");
}

TEST_CASE("a reply to a load balancer has either lists or single headers, as its requests have") {
  HttpResponse response = rich_response();
  CHECK(write_http_reply(HttpEventForm::load_balancer_lists, response).value() ==
        R"({"statusCode":201,"multiValueHeaders":{"content-type":["text/plain; charset=utf-8"],"X-One":["1"],)"
        R"("x-two":["a","b"],"set-cookie":["a=b; Secure","c=d"]},)"
        "\"body\":\"h\u00e9llo\\n\",\"isBase64Encoded\":false}");
  const auto refused = write_http_reply(HttpEventForm::load_balancer, response);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::unsupported);
  CHECK(refused.error().hint == "switch multi-value headers on in its target group");
  response.cookies.resize(1);
  CHECK(write_http_reply(HttpEventForm::load_balancer, response)
            .value()
            .starts_with(R"({"statusCode":201,"headers":{"content-type":"text/plain; charset=utf-8","X-One":"1",)"
                         R"("x-two":"a,b","set-cookie":"a=b; Secure"},"body")"));
}

TEST_CASE("what is not UTF-8 travels as base64; a NUL is a character") {
  HttpResponse response{.body = std::string("\x89PNG\xff", 5), .content_type = "image/png"};
  CHECK(
      write_http_reply(HttpEventForm::gateway_v2, response).value() ==
      R"({"statusCode":200,"headers":{"content-type":"image/png"},"cookies":[],"body":"iVBOR/8=","isBase64Encoded":true})");
  response.body = std::string("a\0b", 3);
  CHECK(write_http_reply(HttpEventForm::gateway_v2, response)
            .value()
            .ends_with(R"("body":"a\u0000b","isBase64Encoded":false})"));
}

TEST_CASE("the content type among the headers counts more than the member, and none is none") {
  HttpResponse response{.headers = {{"Content-Type", "text/html"}}};
  CHECK(reply_headers(response).value() == HttpFields{{"Content-Type", "text/html"}});
  CHECK(reply_headers({.status = 204, .content_type = ""}).value().empty());
}

TEST_CASE("a reply that HTTP does not have is refused") {
  const auto said = [](const HttpResponse& response) { return reply_headers(response).error().message; };
  CHECK(said({.status = 99}) == "the reply has the status 99, which is not from 200 to 599");
  CHECK(said({.status = 101}) == "the reply has the status 101, which is not from 200 to 599");
  CHECK(said({.status = 600}) == "the reply has the status 600, which is not from 200 to 599");
  CHECK(said({.headers = {{"a b", "c"}}}) == "the reply has a header \"a b\" that HTTP does not have");
  CHECK(said({.headers = {{"", "c"}}}) == "the reply has a header \"\" that HTTP does not have");
  CHECK(said({.headers = {{"a", "b\r\nc: d"}}}) == "the reply has a header \"a\" that HTTP does not have");
  CHECK(said({.content_type = "a\n"}) == "the reply has a header \"content-type\" that HTTP does not have");
  CHECK(said({.cookies = {"a=b\r\n"}}) == "the reply has a cookie with a control character");
}

TEST_CASE("cookies and forwarded addresses are read as far as they make sense") {
  HttpFields cookies;
  append_cookies(cookies, "a=1;b = 2 ; ;novalue; =x; c=\"d;e=f=g");
  CHECK(cookies == HttpFields{{"a", "1"}, {"b", "2"}, {"c", "\"d"}, {"e", "f=g"}});
  CHECK(client_of({}).empty());
  CHECK(client_of({{"x-forwarded-for", "192.0.2.1"}}) == "192.0.2.1");
  CHECK(client_of({{"x-forwarded-for", "forged, 192.0.2.1 "}}) == "192.0.2.1");
  CHECK(client_of({{"x-forwarded-for", "forged"}, {"accept", "a"}, {"x-forwarded-for", "192.0.2.1"}}) == "192.0.2.1");
}

TEST_CASE("a header's value that is not UTF-8 cannot stand in JSON, and is said to") {
  const auto reply = write_http_reply(HttpEventForm::gateway_v2, {.headers = {{"a", "\xff"}}});
  REQUIRE_FALSE(reply);
  CHECK(reply.error().code == ErrorCode::invalid_argument);
}

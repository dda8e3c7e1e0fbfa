#include "support/quiet_log.h"
#include "support/test_data.h"
#include "unit/serve/runtime_host.h"

#include <cloudkit/serve.h>

#include <doctest/doctest.h>

using namespace cloudkit;
using ::test::RuntimeHost;

namespace {

std::string event(const std::string& name) { return read_test_data("http_events/" + name); }

}  // namespace

TEST_CASE("serve_http answers each kind of event in its own form") {
  quiet_log();
  RuntimeHost host(
      {{event("rest_api.json"), "a"}, {event("http_api_v2.json"), "b"}, {event("load_balancer_lists.json"), "c"}});
  CHECK(serve_http([](const HttpRequest& request) {
          CHECK_FALSE(request.invocation.request_id.empty());
          CHECK(request.invocation.payload.starts_with('{'));
          return HttpResponse{.body = request.path, .content_type = ""};
        }) == 1);
  const auto posts = host.posts();
  REQUIRE(posts.size() == 3);
  CHECK(
      posts[0].body ==
      R"({"statusCode":200,"headers":{},"multiValueHeaders":{},"body":"/files/a b+/test+alias@example.com","isBase64Encoded":false})");
  CHECK(posts[1].body ==
        R"({"statusCode":200,"headers":{},"cookies":[],"body":"/my/path%41","isBase64Encoded":false})");
  CHECK(posts[2].body == R"({"statusCode":200,"multiValueHeaders":{},"body":"/","isBase64Encoded":false})");
}

TEST_CASE("an exception, and a reply that cannot be sent, are a 500 without details; other events are errors") {
  quiet_log();
  RuntimeHost host({{event("http_api_v2.json"), "a"},
                    {event("http_api_v2.json"), "b"},
                    {event("load_balancer.json"), "c"},
                    {R"({"Records":[]})", "d"},
                    {event("http_api_v2.json"), "e"}});
  CHECK(serve_http([](const HttpRequest& request) -> HttpResponse {
          const std::string& id = request.invocation.request_id;
          if (id == "a") throw std::runtime_error("what the handler says of itself");
          if (id == "b") return {.headers = {{"x", "\r\n"}}};
          if (id == "c") return {.cookies = {"a=b", "c=d"}};
          return {};
        }) == 1);
  const auto posts = host.posts();
  REQUIRE(posts.size() == 5);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(posts[i].target.ends_with("/response"));
    CHECK(posts[i].body.starts_with(R"({"statusCode":500,)"));
    CHECK(posts[i].body.find(R"("body":"internal error\n")") != std::string::npos);
    CHECK(posts[i].body.find("what the handler says") == std::string::npos);
  }
  CHECK(posts[3].target == "invocation/d/error");
  CHECK(posts[3].body.find(R"("errorType":"invalid_argument")") != std::string::npos);
  CHECK(posts[4].body.starts_with(R"({"statusCode":200,)"));
}

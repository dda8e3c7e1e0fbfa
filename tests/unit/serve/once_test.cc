#include "core/log.h"
#include "support/quiet_log.h"
#include "support/redirected.h"
#include "unit/serve/runtime_host.h"

#include <cloudkit/serve.h>

#include <doctest/doctest.h>

using namespace cloudkit;
using ::test::echo;

namespace {

HttpResponse greet(const HttpRequest& request) {
  HttpResponse response;
  response.body = "hello " + std::string(request.query_value("name"));
  return response;
}

}  // namespace

TEST_CASE("without a host, standard input is one call and standard output its reply") {
  quiet_log();
  const ::test::Home home;
  std::string input = R"({"name":"ada"})";
  std::string output = input;
  SUBCASE("a payload") {}
  SUBCASE("none") {
    input = "";
    output = "{}";
  }
  SUBCASE("a large one") { output = input = std::string(10'000'000, 'x'); }
  ::test::Redirected redirected(input);
  const int code = serve(echo);
  redirected.restore();
  CHECK(code == 0);
  CHECK((redirected.output() == output + '\n'));
  CHECK(redirected.error().empty());
}

TEST_CASE("without a host, a failure goes to standard error") {
  quiet_log();
  const ::test::Home home;
  ::test::Redirected redirected("{}");
  const int thrown = serve([](const Invocation&) -> Result<std::string> { throw std::runtime_error("no luck"); });
  const int unstarted = serve(echo, {.init = [] { return Status(Error(ErrorCode::io, "no model")); }});
  redirected.restore();
  CHECK(thrown == 1);
  CHECK(unstarted == 1);
  CHECK(redirected.output().empty());
  CHECK(redirected.error().find("std::runtime_error: no luck\n") != std::string::npos);
  CHECK(redirected.error().find("io: no model\n") != std::string::npos);
}

TEST_CASE("without a host, serve_http takes an event") {
  quiet_log();
  const ::test::Home home;
  ::test::Redirected redirected(
      R"({"version":"2.0","rawPath":"/","rawQueryString":"name=ada","requestContext":{"http":{"method":"GET"}}})");
  const int code = serve_http(greet);
  redirected.restore();
  CHECK(code == 0);
  CHECK(redirected.output() ==
        R"({"statusCode":200,"headers":{"content-type":"text/plain; charset=utf-8"},"cookies":[],)"
        R"("body":"hello ada","isBase64Encoded":false})"
        "\n");
}

TEST_CASE("a function's own log lines are JSON where the host wants it, and hold no payload") {
  const ::test::RuntimeHost::Calls calls{{.payload = "\"cktest-payload-1\"", .id = "id-7"}};
  ::test::RuntimeHost host(calls);
  host.home.set("AWS_LAMBDA_LOG_FORMAT", "JSON");
  host.home.set("AWS_LAMBDA_LOG_LEVEL", "TRACE");
  set_log_sink({});
  ::test::Redirected redirected;
  serve([](const Invocation&) -> Result<std::string> { throw std::runtime_error("no \"luck\""); });
  redirected.restore();
  const std::string error = redirected.error();
  CHECK(error.find(R"("level":"ERROR","message":"the function failed","requestId":"id-7",)"
                   R"("errorType":"std::runtime_error","errorMessage":"no \"luck\""})"
                   "\n") != std::string::npos);
  CHECK(error.starts_with(R"({"timestamp":"20)"));
  CHECK(error.find("cktest-payload-1") == std::string::npos);
}

TEST_CASE("a sink that the program has set stays, whatever format the host wants") {
  ::test::RuntimeHost host(::test::RuntimeHost::Calls(1));
  host.home.set("AWS_LAMBDA_LOG_FORMAT", "JSON");
  int records = 0;
  set_log_sink([&](const LogRecord&) { ++records; }, LogLevel::error);
  ::test::Redirected redirected;
  serve([](const Invocation&) -> Result<std::string> { return Error(ErrorCode::io, "no"); });
  redirected.restore();
  set_log_sink({});
  CHECK(records == 2);  // The failure, and the end.
  CHECK(redirected.error().empty());
}

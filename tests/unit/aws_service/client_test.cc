#include "aws/service/client.h"

#include "../aws/environment.h"
#include "aws/service/known_services.h"
#include "core/time.h"
#include "support/quiet_log.h"
#include "support/scripted_transport.h"
#include "support/test_data.h"

#include <cloudkit/aws.h>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>

using namespace cloudkit;
using namespace cloudkit::aws;
using cloudkit::testing::reply;
using cloudkit::testing::ScriptedTransport;
using nlohmann::json;

namespace {

struct Fixture {
  explicit Fixture(std::string_view service, ServiceOptions given = {}) : options(std::move(given)), name(service) {
    ::quiet_log();
    options.credentials = explicit_credentials({"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"});
  }

  Result<http::Response> send(const service::Call& call) {
    if (client == nullptr) {
      ClientParts parts;
      environment_view = environment.view();
      parts.environment = &environment_view;
      parts.transport = transport;
      parts.hooks.now = [] { return core::parse_amz_date("20210511T154045Z").value(); };
      parts.hooks.wait = [](const Context&, std::chrono::milliseconds) { return Status{}; };
      parts.hooks.jitter = [] { return 1.0; };
      client = std::make_unique<service::Client>(std::make_shared<service::Account>(options, parts),
                                                 service::known_service(name).value());
    }
    return client->send(call, {});
  }

  ServiceOptions options;
  std::string name;
  ProfileEnvironment environment;
  Environment environment_view;
  std::shared_ptr<ScriptedTransport> transport = std::make_shared<ScriptedTransport>();
  std::unique_ptr<service::Client> client;
};

std::string where(std::string_view service, ServiceOptions options = {}, ProfileEnvironment environment = {}) {
  Fixture fixture(service, std::move(options));
  fixture.environment = std::move(environment);
  fixture.transport->then(reply(200));
  const auto sent = fixture.send(service::rest_call(http::Method::get, "/"));
  if (!sent) return sent.error().message;
  const http::Request request = fixture.transport->sent().at(0);
  const std::string authorization(request.headers.get("authorization"));
  const auto scope = authorization.find("20210511/");
  return request.scheme + "://" + request.host + request.path + " " +
         authorization.substr(scope, authorization.find(',') - scope);
}

service::Call invocation() { return service::rest_call(http::Method::post, "/2015-03-31/functions/f/invocations"); }

}  // namespace

TEST_CASE("the ARN in a path is signed as it is sent, and encoded once more") {
  const json test = json::parse(read_test_data("sigv4-double-encoding.json")).at("cases").at(0);
  Fixture fixture("lambda", {.region = test.at("region")});
  fixture.transport->then(reply(200));
  REQUIRE(fixture.send(service::rest_call(http::Method::post, test.at("decoded_path"))));
  const http::Request request = fixture.transport->sent().at(0);
  CHECK(request.host == "lambda.us-east-2.amazonaws.com");
  CHECK(encode_target(request) == test.at("wire_path").get<std::string>());
  const std::string authorization(request.headers.get("authorization"));
  CHECK(authorization.ends_with("Signature=" + test.at("signature").get<std::string>()));
}

TEST_CASE("each service is asked and signed for where it is") {
  CHECK(where("lambda", {.region = "eu-west-1"}) ==
        "https://lambda.eu-west-1.amazonaws.com/ 20210511/eu-west-1/lambda/aws4_request");
  CHECK(where("ecr", {.region = "cn-north-1"}) ==
        "https://api.ecr.cn-north-1.amazonaws.com.cn/ 20210511/cn-north-1/ecr/aws4_request");
  CHECK(where("sagemaker-runtime", {.region = "us-east-1", .fips = true}) ==
        "https://runtime-fips.sagemaker.us-east-1.amazonaws.com/ 20210511/us-east-1/sagemaker/aws4_request");
  CHECK(where("iam", {.region = "us-west-2"}) == "https://iam.amazonaws.com/ 20210511/us-east-1/iam/aws4_request");
  CHECK(where("iam", {.region = "cn-northwest-1"}) ==
        "https://iam.cn-north-1.amazonaws.com.cn/ 20210511/cn-north-1/iam/aws4_request");
}

TEST_CASE("what is configured counts, and what the program says counts more") {
  ProfileEnvironment environment;
  environment.variables["AWS_REGION"] = "eu-north-1";
  environment.variables["AWS_ENDPOINT_URL_LAMBDA"] = "http://127.0.0.1:9001";
  environment.variables["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9002/base";
  CHECK(where("lambda", {}, environment) == "http://127.0.0.1:9001/ 20210511/eu-north-1/lambda/aws4_request");
  CHECK(where("logs", {}, environment) == "http://127.0.0.1:9002/base/ 20210511/eu-north-1/logs/aws4_request");
  CHECK(where("iam", {}, environment) == "http://127.0.0.1:9002/base/ 20210511/us-east-1/iam/aws4_request");
  CHECK(where("lambda", {.region = "us-west-2", .endpoint = "http://127.0.0.1:9003"}, environment) ==
        "http://127.0.0.1:9003/ 20210511/us-west-2/lambda/aws4_request");
  environment.variables["AWS_USE_FIPS_ENDPOINT"] = "true";
  CHECK(where("lambda", {}, environment) ==
        "a custom endpoint has no FIPS variant (configured in AWS_ENDPOINT_URL_LAMBDA, AWS_USE_FIPS_ENDPOINT)");
  CHECK(where("lambda", {.fips = false}, environment) ==
        "http://127.0.0.1:9001/ 20210511/eu-north-1/lambda/aws4_request");
}

TEST_CASE("without a region there is no place to ask") {
  CHECK(where("lambda") == "no region is configured");
  CHECK(where("lambda", {.region = "Mars"}) == "\"Mars\" cannot be a region");
  ProfileEnvironment environment;
  environment.variables["AWS_REGION"] = "a b";
  CHECK(where("lambda", {}, environment) == "\"a b\" cannot be a region (configured in AWS_REGION)");
}

TEST_CASE("a configuration that was wrong is read again") {
  Fixture fixture("lambda");
  CHECK_FALSE(fixture.send(invocation()));
  fixture.environment.variables["AWS_REGION"] = "eu-west-1";
  fixture.transport->then(reply(200));
  CHECK(fixture.send(invocation()));
}

TEST_CASE("a refusal says whose credentials lack what") {
  Fixture fixture("lambda", {.region = "us-west-2"});
  fixture.transport->then(reply(403, {{"x-amzn-ErrorType", "AccessDeniedException"}, {"x-amzn-RequestId", "req-1"}},
                                R"({"Message":"User: arn:aws:iam::1:user/ada is not authorized to perform: )"
                                R"(lambda:InvokeFunction on resource: f"})"));
  const auto denied = fixture.send(invocation());
  REQUIRE_FALSE(denied);
  CHECK(denied.error().code == ErrorCode::permission_denied);
  CHECK(denied.error().request_id == "req-1");
  CHECK(denied.error().hint.ends_with("EXAMPLE) may lack lambda:InvokeFunction") == false);
  CHECK(denied.error().hint.find("may lack lambda:InvokeFunction") != std::string::npos);
}

TEST_CASE("a service that speaks XML is understood") {
  Fixture fixture("iam", {.region = "us-west-2"});
  fixture.transport->then(reply(404, {},
                                "<ErrorResponse><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>no role"
                                "</Message></Error><RequestId>req-2</RequestId></ErrorResponse>"));
  const auto missing = fixture.send(service::form_call(service::Form("GetRole", "2010-05-08")));
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == ErrorCode::not_found);
  CHECK(missing.error().message == "no role");
  CHECK(missing.error().request_id == "req-2");
}

TEST_CASE("throttled calls are repeated, calls that may have happened are not") {
  Fixture fixture("lambda", {.region = "us-west-2"});
  fixture.transport->then(reply(429, {{"x-amzn-ErrorType", "TooManyRequestsException"}}, "{}")).then(reply(200));
  CHECK(fixture.send(invocation())->attempts == 2);
  fixture.transport->then(cloudkit::testing::broken());
  const auto lost = fixture.send(invocation());
  REQUIRE_FALSE(lost);
  CHECK(lost.error().attempts == 1);
  CHECK(lost.error().may_have_happened);
}

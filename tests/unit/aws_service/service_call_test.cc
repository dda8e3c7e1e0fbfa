#include "aws/service/service_call.h"

#include "aws/service/known_services.h"
#include "text_of.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::aws;

namespace {

std::string sent(std::string_view service, const ServiceCall& call) {
  const auto made = service::call_of(service::known_service(service).value(), call);
  return made ? text_of(*made) : made.error().message;
}

}  // namespace

TEST_CASE("SageMaker: an endpoint is invoked with any kind of body") {
  CHECK(sent("sagemaker-runtime",
             {.body = "1,2,3", .path = "/endpoints/churn/invocations", .content_type = "text/csv"}) ==
        "POST /endpoints/churn/invocations\ncontent-type: text/csv\n\n1,2,3");
}

TEST_CASE("DynamoDB: an action and JSON") {
  CHECK(sent("dynamodb", {.action = "ListTables"}) ==
        "POST /\ncontent-type: application/x-amz-json-1.0\nx-amz-target: DynamoDB_20120810.ListTables\n\n{}");
}

TEST_CASE("EC2: an action and parameters") {
  CHECK(sent("ec2", {.action = "DescribeInstances", .parameters = {{"InstanceId.1", "i-1"}}}) ==
        "POST /\ncontent-type: application/x-www-form-urlencoded\n\n"
        "Action=DescribeInstances&Version=2016-11-15&InstanceId.1=i-1");
}

TEST_CASE("a call by path is a GET without a body, else a POST, else what it says") {
  CHECK(sent("lambda", {.parameters = {{"MaxItems", "50"}}, .path = "/2015-03-31/functions"}) ==
        "GET /2015-03-31/functions?MaxItems=50\n");
  CHECK(sent("lambda", {.path = "/x", .method = "DELETE"}) == "DELETE /x\n");
  CHECK(sent("lambda", {.body = "{}", .path = "/x", .headers = {{"X-Amz-Invocation-Type", "Event"}}}) ==
        "POST /x\ncontent-type: application/json\nX-Amz-Invocation-Type: Event\n\n{}");
}

TEST_CASE("only who says so has a call repeated whose outcome is not known") {
  const auto dynamodb = service::known_service("dynamodb").value();
  CHECK_FALSE(service::call_of(dynamodb, {.action = "GetItem"})->idempotent);
  CHECK(service::call_of(dynamodb, {.action = "GetItem", .repeatable = true})->idempotent);
  const auto lambda = service::known_service("lambda").value();
  CHECK(service::call_of(lambda, {})->idempotent);
  CHECK_FALSE(service::call_of(lambda, {.method = "PUT", .repeatable = false})->idempotent);
}

TEST_CASE("what a dialect does not have is refused before anything is sent") {
  CHECK(sent("lambda", {.action = "Invoke"}) == "ServiceCall::action is set, but this service goes by method and path");
  CHECK(sent("lambda", {.path = "x"}) == "ServiceCall::path does not begin with /");
  CHECK(sent("lambda", {.method = "get"}) == "\"get\" is no method");
  CHECK(sent("dynamodb", {}) == "ServiceCall::action is empty, but this service goes by it");
  CHECK(sent("dynamodb", {.action = "A", .path = "/x"}) ==
        "ServiceCall::path or method is set, but this service goes by action");
  CHECK(sent("dynamodb", {.action = "A", .parameters = {{"a", "b"}}}) ==
        "ServiceCall::parameters are set, but this service takes a body of JSON");
  CHECK(sent("iam", {.action = "A", .body = "{}"}) == "ServiceCall::body is set, but this service takes parameters");
}

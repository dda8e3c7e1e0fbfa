#include "aws/schedule/names.h"
#include "aws/schedule/protocol.h"
#include "core/encode.h"
#include "fixture.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::aws;
using cloudkit::testing::error_type;
using cloudkit::testing::Fixture;
using cloudkit::testing::function_json;

namespace {

std::string role_created(const std::string& date) {
  return "<GetRoleResponse><GetRoleResult><Role><Arn>arn:aws:iam::1:role/s</Arn><CreateDate>" + date +
         "</CreateDate><AssumeRolePolicyDocument>" +
         core::percent_encode(R"({"Statement":{"Effect":"Allow","Principal":{"Service":"scheduler.amazonaws.com"},)"
                              R"("Action":"sts:AssumeRole"}})",
                              core::Slash::encode) +
         "</AssumeRolePolicyDocument><Tags><member><Key>cloudkit:function</Key><Value>us-west-2/hello</Value></member>"
         "</Tags></Role></GetRoleResult></GetRoleResponse>";
}

const std::string kPolicy =
    "<GetRolePolicyResponse><GetRolePolicyResult><PolicyDocument>" +
    core::percent_encode(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"lambda:InvokeFunction",)"
                         R"("Resource":["arn:aws:lambda:us-west-2:123456789012:function:hello",)"
                         R"("arn:aws:lambda:us-west-2:123456789012:function:hello:*"]}]})",
                         core::Slash::encode) +
    "</PolicyDocument></GetRolePolicyResult></GetRolePolicyResponse>";

ScheduleSpec nightly() {
  ScheduleSpec spec;
  spec.name = "nightly";
  spec.cron = "0 1 * * *";
  return spec;
}

}  // namespace

TEST_CASE("a schedule is called by its function and its own name") {
  CHECK(schedule::full_name("hello", "nightly").value() == "hello.nightly");
  CHECK(schedule::own_name("hello", "hello.a.b") == "a.b");
  CHECK_FALSE(schedule::own_name("hello", "hello2.a"));
  CHECK(schedule::full_name(std::string(40, 'f'), std::string(23, 's')));
  const auto too_long = schedule::full_name(std::string(40, 'f'), std::string(24, 's'));
  CHECK(too_long.error().code == ErrorCode::invalid_argument);
  CHECK(too_long.error().hint == "the function's name and the schedule's have 63 together");
}

TEST_CASE("five fields are six with AWS, and back") {
  CHECK(schedule::expression_of("0 1 * * *").value() == "cron(0 1 * * ? *)");
  CHECK(schedule::expression_of("0 1 1 * 1").error().code == ErrorCode::unsupported);
  CHECK(schedule::cron_of("cron(0 1 * * ? *)") == "0 1 * * *");
  CHECK(schedule::cron_of("rate(5 minutes)") == "rate(5 minutes)");
}

TEST_CASE("a schedule that is as it should be is not touched") {
  Fixture fixture;
  fixture.then(200, function_json()).then(200, role_created("2026-11-25T23:00:00Z")).then(200, kPolicy);
  fixture.then(200, R"J({"Name":"hello.nightly","ScheduleExpression":"cron(0 1 * * ? *)","State":"ENABLED",)J"
                    R"J("ScheduleExpressionTimezone":"UTC","Target":{"Arn":)J"
                    R"J("arn:aws:lambda:us-west-2:123456789012:function:hello","RoleArn":"arn:aws:iam::1:role/s",)J"
                    R"J("Input":"{}"}})J");
  CHECK(fixture.driver->schedule("hello", nightly()).value().name == "nightly");
  CHECK(fixture.sent.size() == 4);
}

TEST_CASE("a role that Scheduler does not know yet is worth another try only while it is new") {
  const auto refused = [](const std::string& created) {
    Fixture fixture;
    fixture.then(200, function_json()).then(200, role_created(created)).then(200, kPolicy);
    fixture.then(404, "{}", error_type("ResourceNotFoundException"));
    fixture.then(
        400, R"({"Message":"The execution role you provide must allow AWS EventBridge Scheduler to assume the role."})",
        error_type("ValidationException"));
    return fixture.driver->schedule("hello", nightly()).error();
  };
  // It is midnight.
  CHECK(refused("2026-11-25T23:59:30Z").code == ErrorCode::permission_denied);
  CHECK(refused("2026-11-25T23:59:30Z").retryable);
  CHECK(refused("2026-11-25T23:00:00Z").code == ErrorCode::permission_denied);
  CHECK_FALSE(refused("2026-11-25T23:00:00Z").retryable);
}

TEST_CASE("a rule whose target was refused is no schedule, although the service says 200") {
  Fixture fixture({}, ScheduleService::rules);
  fixture.then(200, function_json()).then(200, R"({"RuleArn":"arn:aws:events:us-west-2:1:rule/hello.nightly"})");
  fixture.then(201, "{}");
  fixture.then(200,
               R"({"FailedEntryCount":1,"FailedEntries":[{"TargetId":"cloudkit","ErrorCode":)"
               R"("ResourceNotFoundException","ErrorMessage":"no function"}]})",
               {{"x-amzn-RequestId", "req-1"}});
  const auto made = fixture.driver->schedule("hello", nightly());
  REQUIRE_FALSE(made);
  CHECK(made.error().code == ErrorCode::not_found);
  CHECK(made.error().message == "the rule was made, but not what it invokes: no function");
  CHECK(made.error().request_id == "req-1");
}

TEST_CASE("a rule goes after its target, and its permission after it") {
  Fixture fixture({}, ScheduleService::rules);
  fixture.then(200, function_json()).then(200, R"({"FailedEntryCount":0})").then(200, "").then(204);
  CHECK(fixture.driver->unschedule("hello", "nightly", {}));
  CHECK(fixture.sent.at(1) == R"(POST events/ {"Rule":"hello.nightly","Ids":["cloudkit"]})");
  CHECK(fixture.sent.at(2) == R"(POST events/ {"Name":"hello.nightly"})");
  CHECK(fixture.sent.at(3).starts_with("DELETE lambda/2015-03-31/functions/hello/policy/cloudkit-"));
}

TEST_CASE("the role of schedules goes with the last of them") {
  Fixture fixture;
  fixture.then(200, "{}").then(200, R"({"Schedules":[{"Name":"hello.other"}]})");
  CHECK(fixture.driver->unschedule("hello", "nightly", {}));
  CHECK(fixture.sent.size() == 2);
  CHECK(fixture.sent.at(0) == "DELETE scheduler/schedules/hello.nightly");
  CHECK(fixture.sent.at(1) == "GET scheduler/schedules?NamePrefix=hello.&MaxResults=100");
}

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

const std::string kArn = "arn:aws:lambda:us-west-2:123456789012:function:hello";

// "hello.nightly", whatever it invokes.
std::string schedule_of(const std::string& arn) {
  return R"J({"Name":"hello.nightly","ScheduleExpression":"cron(0 1 * * ? *)","State":"ENABLED",)J"
         R"J("ScheduleExpressionTimezone":"UTC","Target":{"Arn":")J" +
         arn + R"J(","RoleArn":"arn:aws:iam::1:role/s","Input":"{}"}})J";
}

std::string targets_of(const std::string& id, const std::string& arn) {
  return R"({"Targets":[{"Id":")" + id + R"(","Arn":")" + arn + R"(","Input":"{}"}]})";
}

// What is called as ours and invokes something else.
const std::vector<std::string> kForeign = {"arn:aws:lambda:us-west-2:123456789012:function:other", kArn + ":live",
                                           "arn:aws:lambda:us-east-1:123456789012:function:hello",
                                           "arn:aws:sqs:us-west-2:123456789012:hello", "hello"};

// What the service says that is not asked for new schedules.
const std::string kNoRules = R"({"Rules":[]})";
const std::string kNoSchedules = R"({"Schedules":[]})";
const auto kNone = error_type("ResourceNotFoundException");

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
  fixture.then(200, function_json()).then(200, schedule_of(kArn));
  fixture.then(200, role_created("2026-11-25T23:00:00Z")).then(200, kPolicy).then(400, "{}", kNone);
  CHECK(fixture.driver->schedule("hello", nightly()).value().name == "nightly");
  CHECK(fixture.sent.size() == 5);
  CHECK(fixture.sent.at(4) == R"(POST events/ {"Rule":"hello.nightly"})");
}

TEST_CASE("a schedule is told by the same line when it is made and when it is listed") {
  const std::string expression = R"J("ScheduleExpression":"cron(0/5 * ? * 2-6 *)","State":"ENABLED")J";
  ScheduleSpec spec = nightly();
  spec.cron = "*/5 * * * mon-fri";
  Fixture scheduler;
  scheduler.then(200, function_json()).then(404, "{}", error_type("ResourceNotFoundException"));
  scheduler.then(200, role_created("2026-11-25T23:00:00Z")).then(200, kPolicy).then(200, "{}");
  scheduler.then(400, "{}", kNone);
  const auto made = scheduler.driver->schedule("hello", spec).value();
  scheduler.then(200, R"({"Schedules":[{"Name":"hello.nightly"}]})");
  scheduler.then(200, R"J({"Name":"hello.nightly",)J" + expression +
                          R"J(,"ScheduleExpressionTimezone":"UTC","Target":{"Arn":")J" + kArn +
                          R"J(","RoleArn":"arn:aws:iam::1:role/s","Input":"{}"}})J");
  scheduler.then(200, kNoRules);
  CHECK(made.cron == "0-59/5 * * * 1-5");
  CHECK(scheduler.driver->list_schedules("hello", {}).value().at(0).cron == made.cron);

  Fixture rules({}, ScheduleService::rules);
  rules.then(200, function_json()).then(400, "{}", error_type("ResourceNotFoundException"));
  rules.then(200, R"({"RuleArn":"arn:aws:events:us-west-2:1:rule/hello.nightly"})").then(201, "{}");
  rules.then(200, R"({"FailedEntryCount":0})").then(404, "{}", kNone);
  CHECK(rules.driver->schedule("hello", spec).value().cron == made.cron);
}

TEST_CASE("a role that Scheduler does not know yet is worth another try only while it is new") {
  const auto refused = [](const std::string& created) {
    Fixture fixture;
    fixture.then(200, function_json()).then(404, "{}", error_type("ResourceNotFoundException"));
    fixture.then(200, role_created(created)).then(200, kPolicy);
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
  fixture.then(200, function_json()).then(400, "{}", error_type("ResourceNotFoundException"));
  fixture.then(200, R"({"RuleArn":"arn:aws:events:us-west-2:1:rule/hello.nightly"})").then(201, "{}");
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
  fixture.then(200, function_json()).then(200, targets_of("cloudkit", kArn));
  fixture.then(200, R"({"FailedEntryCount":0})").then(200, "").then(204).then(404, "{}", kNone);
  CHECK(fixture.driver->unschedule("hello", "nightly", {}));
  CHECK(fixture.sent.at(2) == R"(POST events/ {"Rule":"hello.nightly","Ids":["cloudkit"]})");
  CHECK(fixture.sent.at(3) == R"(POST events/ {"Name":"hello.nightly"})");
  CHECK(fixture.sent.at(4).starts_with("DELETE lambda/2015-03-31/functions/hello/policy/cloudkit-"));
}

TEST_CASE("the role of schedules stays for the next, which another program may be making") {
  Fixture fixture;
  fixture.then(200, schedule_of(kArn)).then(200, "{}").then(400, "{}", kNone);
  CHECK(fixture.driver->unschedule("hello", "nightly", {}));
  CHECK(fixture.sent.size() == 3);
  CHECK(fixture.sent.at(1) == "DELETE scheduler/schedules/hello.nightly");
}

TEST_CASE("a schedule that invokes something else is not ours, whatever it is called") {
  for (const std::string& arn : kForeign) {
    CAPTURE(arn);
    Fixture fixture;
    fixture.then(200, R"({"Schedules":[{"Name":"hello.nightly"}]})").then(200, schedule_of(arn)).then(200, kNoRules);
    CHECK(fixture.driver->list_schedules("hello", {}).value().empty());
    CHECK(fixture.sent.at(0) == "GET scheduler/schedules?ScheduleGroup=default&NamePrefix=hello.&MaxResults=100");
    fixture.then(200, schedule_of(arn)).then(400, "{}", kNone);
    CHECK(fixture.driver->unschedule("hello", "nightly", {}));
    fixture.then(200, function_json()).then(200, schedule_of(arn));
    const auto made = fixture.driver->schedule("hello", nightly());
    REQUIRE_FALSE(made);
    CHECK(made.error().code == ErrorCode::conflict);
    CHECK_FALSE(made.error().retryable);
    CHECK(made.error().message == "there is a schedule hello.nightly already, and it does not invoke the function");
    CHECK(made.error().hint == "remove it, or take another name");
    for (const std::string& sent : fixture.sent) {
      CHECK((sent.starts_with("GET ") || sent.find("NamePrefix") != std::string::npos ||
             sent == R"(POST events/ {"Rule":"hello.nightly"})"));
    }
  }
}

TEST_CASE("a rule that invokes something else is not ours, whatever it is called") {
  const std::string not_hello = "arn:aws:lambda:us-west-2:123456789012:function:other";
  for (const std::string& targets :
       {targets_of("other", kArn), targets_of("cloudkit", not_hello), targets_of("cloudkit", kArn + ":live")}) {
    CAPTURE(targets);
    Fixture fixture({}, ScheduleService::rules);
    fixture.then(200, R"J({"Rules":[{"Name":"hello.nightly","ScheduleExpression":"rate(1 day)"}]})J");
    fixture.then(200, targets).then(200, kNoSchedules);
    CHECK(fixture.driver->list_schedules("hello", {}).value().empty());
    fixture.then(200, function_json()).then(200, targets).then(404, "{}", kNone);
    CHECK(fixture.driver->unschedule("hello", "nightly", {}));
    fixture.then(200, function_json()).then(200, targets);
    const auto made = fixture.driver->schedule("hello", nightly());
    REQUIRE_FALSE(made);
    CHECK(made.error().code == ErrorCode::conflict);
    CHECK(made.error().message == "there is a rule hello.nightly already, and it does not invoke the function");
    CHECK(fixture.sent.size() == 8);
  }
}

TEST_CASE("a rule without targets is what an interruption left: it is listed, and made whole") {
  Fixture fixture({}, ScheduleService::rules);
  fixture.then(200, R"J({"Rules":[{"Name":"hello.nightly","ScheduleExpression":"cron(0 1 * * ? *)"}]})J");
  fixture.then(200, R"({"Targets":[]})").then(200, kNoSchedules);
  CHECK(fixture.driver->list_schedules("hello", {}).value().at(0).name == "nightly");
  fixture.then(200, function_json()).then(200, R"({"Targets":[]})");
  fixture.then(200, R"({"RuleArn":"arn:aws:events:us-west-2:1:rule/hello.nightly"})").then(201, "{}").then(200, "{}");
  fixture.then(404, "{}", kNone);
  CHECK(fixture.driver->schedule("hello", nightly()));
}

TEST_CASE("a target that is not removed is said so, and its rule is left") {
  Fixture fixture({}, ScheduleService::rules);
  fixture.then(200, function_json()).then(200, targets_of("cloudkit", kArn));
  fixture.then(200, R"({"FailedEntryCount":1,"FailedEntries":[{"TargetId":"cloudkit","ErrorCode":)"
                    R"("ConcurrentModificationException","ErrorMessage":"try again"}]})");
  const auto removed = fixture.driver->unschedule("hello", "nightly", {});
  REQUIRE_FALSE(removed);
  CHECK(removed.error().code == ErrorCode::conflict);
  CHECK(removed.error().retryable);
  CHECK(removed.error().message == "what the rule invokes was not removed: try again");
}

TEST_CASE("who makes a schedule at the same time as another looks again") {
  Fixture fixture;
  fixture.then(200, function_json()).then(404, "{}", error_type("ResourceNotFoundException"));
  fixture.then(200, role_created("2026-11-25T23:00:00Z")).then(200, kPolicy);
  for (int i = 0; i < 2; ++i) fixture.then(409, R"({"Message":"exists"})", error_type("ConflictException"));
  const auto made = fixture.driver->schedule("hello", nightly());
  REQUIRE_FALSE(made);
  CHECK(made.error().code == ErrorCode::conflict);
  CHECK(made.error().retryable);
  CHECK_FALSE(made.error().may_have_happened);
}

TEST_CASE("a listing whose pages go round is an error, not a part of it") {
  Fixture fixture;
  for (int i = 0; i < 2; ++i) fixture.then(200, R"({"Schedules":[],"NextToken":"t"})");
  CHECK(fixture.driver->list_schedules("hello", {}).error().message ==
        "the service answered the same page token twice");
  Fixture rules({}, ScheduleService::rules);
  for (int i = 0; i < 2; ++i) rules.then(200, R"({"Rules":[],"NextToken":"t"})");
  CHECK(rules.driver->list_schedules("hello", {}).error().message == "the service answered the same page token twice");
}

TEST_CASE("schedules of the other service are listed, each name once") {
  Fixture fixture({}, ScheduleService::rules);
  fixture.then(200, R"J({"Rules":[{"Name":"hello.nightly","ScheduleExpression":"cron(0 2 * * ? *)"}]})J");
  fixture.then(200, targets_of("cloudkit", kArn));
  fixture.then(200, R"({"Schedules":[{"Name":"hello.nightly"},{"Name":"hello.hourly"}]})");
  for (int i = 0; i < 2; ++i) fixture.then(200, schedule_of(kArn));
  const auto all = fixture.driver->list_schedules("hello", {}).value();
  REQUIRE(all.size() == 2);
  CHECK(all[0].cron == "0 2 * * *");
  CHECK(all[1].name == "hourly");
}

TEST_CASE("a schedule that is put goes, then, from the other service, where it would fire too") {
  Fixture fixture;
  fixture.then(200, function_json()).then(200, schedule_of(kArn));
  fixture.then(200, role_created("2026-11-25T23:00:00Z")).then(200, kPolicy);
  fixture.then(200, targets_of("cloudkit", kArn)).then(200, function_json()).then(200, targets_of("cloudkit", kArn));
  fixture.then(200, R"({"FailedEntryCount":0})").then(200, "").then(204);
  CHECK(fixture.driver->schedule("hello", nightly()));
  CHECK(fixture.sent.at(7) == R"(POST events/ {"Rule":"hello.nightly","Ids":["cloudkit"]})");
  CHECK(fixture.sent.at(8) == R"(POST events/ {"Name":"hello.nightly"})");
}

TEST_CASE("a schedule is removed from both services") {
  Fixture fixture({}, ScheduleService::rules);
  fixture.then(200, function_json()).then(400, "{}", kNone).then(400, "{}", kNone).then(400, "{}", kNone);
  fixture.then(404, "{}", kNone).then(200, schedule_of(kArn)).then(200, schedule_of(kArn)).then(200, "{}");
  CHECK(fixture.driver->unschedule("hello", "nightly", {}));
  CHECK(fixture.sent.back() == "DELETE scheduler/schedules/hello.nightly");
}

TEST_CASE("who may not see the other service uses his own") {
  const auto denied = error_type("AccessDeniedException");
  Fixture fixture;
  fixture.then(200, R"({"Schedules":[{"Name":"hello.nightly"}]})").then(200, schedule_of(kArn));
  fixture.then(400, "{}", denied);
  CHECK(fixture.driver->list_schedules("hello", {}).value().size() == 1);
  fixture.then(200, schedule_of(kArn)).then(200, "{}").then(400, "{}", denied);
  CHECK(fixture.driver->unschedule("hello", "nightly", {}));
  // What is seen and stays is told: it fires.
  fixture.then(404, "{}", kNone).then(200, targets_of("cloudkit", kArn)).then(200, function_json());
  fixture.then(200, targets_of("cloudkit", kArn)).then(400, "{}", denied);
  CHECK(fixture.driver->unschedule("hello", "nightly", {}).error().code == ErrorCode::permission_denied);
  fixture.then(400, "{}", denied);
  CHECK(fixture.driver->list_schedules("hello", {}).error().code == ErrorCode::permission_denied);
}

// The driver of AWS's functions against moto: what calls functions, and what they logged.
#include "support/functions_on_moto.h"

#include <string>

using namespace cloudkit;
using test::Account;
using test::calls;
using test::contains;

TEST_CASE("a REST API is found again, deployed again when it changes, and goes with its last endpoint") {
  const auto options = test::options_for_moto<aws::FunctionsOptions>();
  if (!options) return;
  const auto services = test::options_for_moto<aws::ServiceOptions>();
  Account account(*options, "ck-functions-rest");
  account.create();
  EndpointSpec spec;
  spec.method = "GET";
  spec.path = "/hello/{name}";
  spec.stage = "dev";
  spec.is_public = true;
  const auto first = account.driver->expose(account.name, spec);
  REQUIRE_MESSAGE(first, first.error().to_string());
  CHECK(first->kind == EndpointKind::rest_api);
  CHECK(first->url == "https://" + first->id + ".execute-api.us-west-2.amazonaws.com/dev/hello/{name}");
  const aws::ServiceCall deployments{.path = "/restapis/" + first->id + "/deployments"};
  const std::string deployed = calls(*services, "apigateway", deployments);
  CHECK(account.driver->expose(account.name, spec).value().id == first->id);
  CHECK(calls(*services, "apigateway", deployments) == deployed);

  spec.is_public = false;
  CHECK(account.driver->expose(account.name, spec).value().id == first->id);
  CHECK(calls(*services, "apigateway", deployments) != deployed);
  spec.method = "ANY";
  spec.path = "/";
  const auto second = account.driver->expose(account.name, spec);
  REQUIRE_MESSAGE(second, second.error().to_string());
  CHECK(second->id == first->id);
  CHECK(second->url == "https://" + first->id + ".execute-api.us-west-2.amazonaws.com/dev");

  auto all = account.driver->list_endpoints(account.name, {});
  REQUIRE_MESSAGE(all, all.error().to_string());
  REQUIRE(all->size() == 2);
  CHECK_FALSE(all->at(0).is_public);
  const std::string policy = calls(*services, "lambda", {.path = "/2015-03-31/functions/" + account.name + "/policy"});
  CHECK(contains(policy, first->id + "/*/GET/hello/*"));

  CHECK(account.driver->unexpose(account.name, *first, {}));
  CHECK(account.driver->list_endpoints(account.name, {}).value().size() == 1);
  CHECK(account.driver->unexpose(account.name, *second, {}));
  CHECK(account.driver->unexpose(account.name, *second, {}));
  CHECK(account.driver->list_endpoints(account.name, {}).value().empty());
  CHECK_FALSE(contains(calls(*services, "apigateway", {.path = "/restapis"}), first->id));
}

TEST_CASE("an HTTP API: the same") {
  const auto options = test::options_for_moto<aws::FunctionsOptions>();
  if (!options) return;
  Account account(*options, "ck-functions-http");
  account.create();
  EndpointSpec spec;
  spec.method = "GET";
  spec.path = "/hello";
  spec.is_public = true;
  const auto first = account.driver->expose(account.name, spec);
  REQUIRE_MESSAGE(first, first.error().to_string());
  CHECK(first->kind == EndpointKind::http_api);
  CHECK(first->url == "https://" + first->id + ".execute-api.us-west-2.amazonaws.com/hello");
  CHECK(account.driver->expose(account.name, spec).value().id == first->id);
  spec.is_public = false;
  CHECK(account.driver->expose(account.name, spec).value().id == first->id);
  spec.stage = "dev";
  spec.kind = EndpointKind::http_api;
  const auto staged = account.driver->expose(account.name, spec);
  REQUIRE(staged);
  CHECK(staged->id != first->id);
  CHECK(staged->url.ends_with("/dev/hello"));
  CHECK(account.driver->list_endpoints(account.name, {}).value().size() == 2);
  CHECK(account.driver->unexpose(account.name, *first, {}));
  CHECK(account.driver->unexpose(account.name, *staged, {}));
  CHECK(account.driver->unexpose(account.name, *staged, {}));
  CHECK(account.driver->list_endpoints(account.name, {}).value().empty());
}

TEST_CASE("a Function URL has two permissions when anybody may call it, else none") {
  const auto options = test::options_for_moto<aws::FunctionsOptions>();
  if (!options) return;
  const auto services = test::options_for_moto<aws::ServiceOptions>();
  Account account(*options, "ck-functions-url");
  account.create();
  EndpointSpec spec;
  spec.is_public = true;
  const auto made = account.driver->expose(account.name, spec);
  REQUIRE_MESSAGE(made, made.error().to_string());
  CHECK(made->kind == EndpointKind::url);
  CHECK(made->is_public);
  const aws::ServiceCall policy{.path = "/2015-03-31/functions/" + account.name + "/policy"};
  CHECK(contains(calls(*services, "lambda", policy), "lambda:InvokeFunctionUrl"));
  CHECK(contains(calls(*services, "lambda", policy), "lambda:InvokeFunction\\\""));
  spec.is_public = false;
  CHECK_FALSE(account.driver->expose(account.name, spec).value().is_public);
  CHECK_FALSE(contains(calls(*services, "lambda", policy), "lambda:InvokeFunctionUrl"));
  spec.is_public = true;
  CHECK(account.driver->expose(account.name, spec).value().url == made->url);
  CHECK(account.driver->expose(account.name, spec).value().url == made->url);
  CHECK(account.driver->list_endpoints(account.name, {}).value().size() == 1);
  CHECK(account.driver->unexpose(account.name, *made, {}));
  CHECK(account.driver->unexpose(account.name, *made, {}));
  CHECK(account.driver->list_endpoints(account.name, {}).value().empty());
}

TEST_CASE("schedules of Scheduler: made, changed, listed, removed, and their role with the identity") {
  const auto options = test::options_for_moto<aws::FunctionsOptions>();
  if (!options) return;
  const auto services = test::options_for_moto<aws::ServiceOptions>();
  Account account(*options, "ck-functions-clock");
  account.create();
  ScheduleSpec spec;
  spec.name = "nightly";
  spec.cron = "0 1 * * 0";
  spec.time_zone = "Europe/Berlin";
  spec.input = R"({"a":1})";
  auto made = account.driver->schedule(account.name, spec);
  REQUIRE_MESSAGE(made, made.error().to_string());
  spec.cron = "30 2 * * *";
  spec.enabled = false;
  REQUIRE(account.driver->schedule(account.name, spec));
  REQUIRE(account.driver->schedule(account.name, spec));
  const auto all = account.driver->list_schedules(account.name, {});
  REQUIRE_MESSAGE(all, all.error().to_string());
  REQUIRE(all->size() == 1);
  CHECK(all->at(0).name == "nightly");
  CHECK(all->at(0).cron == "30 2 * * *");
  CHECK(all->at(0).time_zone == "Europe/Berlin");
  CHECK(all->at(0).input == R"({"a":1})");
  CHECK_FALSE(all->at(0).enabled);
  CHECK(account.driver->unschedule(account.name, "nightly", {}));
  CHECK(account.driver->unschedule(account.name, "nightly", {}));
  CHECK(account.driver->list_schedules(account.name, {}).value().empty());
  CHECK(account.driver->remove_identity(account.name, {}));
  CHECK(contains(
      calls(*services, "iam",
            {.action = "GetRole", .parameters = {{"RoleName", "cloudkit-ck-functions-clock-us-west-2-schedule"}}}),
      "NoSuchEntity"));
}

TEST_CASE("schedules that are rules") {
  auto options = test::options_for_moto<aws::FunctionsOptions>();
  if (!options) return;
  options->schedules = aws::ScheduleService::rules;
  Account account(*options, "ck-functions-rule");
  account.create();
  ScheduleSpec spec;
  spec.name = "hourly";
  spec.cron = "0 * * * *";
  REQUIRE(account.driver->schedule(account.name, spec));
  REQUIRE(account.driver->schedule(account.name, spec));
  const auto all = account.driver->list_schedules(account.name, {});
  REQUIRE_MESSAGE(all, all.error().to_string());
  REQUIRE(all->size() == 1);
  CHECK(all->at(0).cron == "0 * * * *");
  CHECK(all->at(0).input == "{}");
  spec.time_zone = "Europe/Berlin";
  CHECK(account.driver->schedule(account.name, spec).error().code == ErrorCode::unsupported);
  CHECK(account.driver->unschedule(account.name, "hourly", {}));
  CHECK(account.driver->unschedule(account.name, "hourly", {}));
  CHECK(account.driver->list_schedules(account.name, {}).value().empty());
}

TEST_CASE("logs are read page by page, and go on where they ended") {
  const auto options = test::options_for_moto<aws::FunctionsOptions>();
  if (!options) return;
  const auto services = test::options_for_moto<aws::ServiceOptions>();
  Account account(*options, "ck-functions-logs");
  LogPageRequest request;
  request.name = account.name;
  const auto none = account.driver->logs_page(request);
  REQUIRE_MESSAGE(none, none.error().to_string());
  CHECK(none->events.empty());
  CHECK(none->at_end);

  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const std::string time = std::to_string(now.time_since_epoch().count());
  const std::string group = R"("logGroupName":"/aws/lambda/ck-functions-logs")";
  const auto log = [&](const std::string& text) {
    return calls(*services, "logs",
                 {.action = "PutLogEvents",
                  .body = "{" + group + R"(,"logStreamName":"s","logEvents":[{"timestamp":)" + time +
                          R"(,"message":")" + text + R"(\n"}]})"});
  };
  calls(*services, "logs", {.action = "CreateLogGroup", .body = "{" + group + "}"});
  calls(*services, "logs", {.action = "CreateLogStream", .body = "{" + group + R"(,"logStreamName":"s"})"});
  log("first");
  request.page_token = none->next_page_token;
  const auto first = account.driver->logs_page(request);
  REQUIRE_MESSAGE(first, first.error().to_string());
  REQUIRE(first->events.size() == 1);
  CHECK(first->events.at(0).text == "first");
  CHECK(first->events.at(0).time == now);
  // One more in the same millisecond.
  log("second");
  request.page_token = first->next_page_token;
  const auto second = account.driver->logs_page(request);
  REQUIRE(second);
  REQUIRE(second->events.size() == 1);
  CHECK(second->events.at(0).text == "second");
  CHECK(account.driver->remove_logs(account.name, {}));
  CHECK(account.driver->remove_logs(account.name, {}));
}

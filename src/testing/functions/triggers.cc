#include "testing/functions/suite.h"

#include <algorithm>
#include <chrono>

/// Endpoints and schedules.
namespace cloudkit::inline v0::testing::functions {
namespace {

using std::chrono::sys_days;
using std::chrono::system_clock;

void needs_endpoints(const FunctionCase& c) {
  c.needs(c.can().endpoints, "endpoints");
  if (!c.harness().http_fetch) c.skip("the harness has no http_fetch");
}

EndpointSpec hello_on_dev() {
  EndpointSpec spec;
  spec.method = "GET";
  spec.path = "/hello";
  spec.stage = "dev";
  spec.is_public = true;
  return spec;
}

std::string every_byte() {
  std::string bytes;
  for (int value = 0; value < 256; ++value) bytes += static_cast<char>(value);
  return bytes;
}

// An endpoint may take seconds until it is known everywhere; until then it answers 403, 404 or 500.
FetchReply fetch(const FunctionCase& c, const std::string& method, const std::string& url, const FetchHeaders& headers,
                 const std::string& body) {
  Result<FetchReply> reply = Error(ErrorCode::unknown, "not asked yet");
  (void)c.soon([&] {
    reply = c.harness().http_fetch(method, url, headers, body);
    return reply && reply->status == 200;
  });
  const FetchReply answer = c.expect_ok(std::move(reply), method + ' ' + url);
  c.expect_equal(answer.status, 200, "the status of " + method + ' ' + url);
  return answer;
}

void expect_reply(const FunctionCase& c, const FetchReply& reply, const std::string& line, const std::string& body) {
  const std::string expected = line + '\n' + body;
  if (reply.body != expected) c.fail("the reply's body: " + show_difference(reply.body, expected));
  const auto probe = std::find_if(reply.headers.begin(), reply.headers.end(),
                                  [](const auto& header) { return header.first == "x-ck-probe"; });
  if (probe == reply.headers.end()) c.fail("the reply lacks the header that the function set");
  c.expect_equal(probe->second, "a probe", "a header that goes in and comes out");
}

void expose_get_dev_hello_200(const FunctionCase& c) {
  needs_endpoints(c);
  const std::string name = c.deploy_behaviour("behaviour.http");
  const FetchHeaders probe = {{"X-CK-Probe", "a probe"}};
  const Endpoint hello = c.expect_ok(c.runtime().expose(name, hello_on_dev()), "exposing GET /hello");
  c.expect(hello.url.ends_with("/dev/hello"), "the URL should end in /dev/hello: " + hello.url);
  expect_reply(c, fetch(c, "GET", hello.url + "?q=1&q=two%20words&other=x", probe, ""), "GET /hello 1,two words",
               every_byte());
  EndpointSpec any = hello_on_dev();
  any.method = "ANY";
  any.path = "/any/{id}";
  const Endpoint other = c.expect_ok(c.runtime().expose(name, any), "exposing any method");
  const std::string base = other.url.substr(0, other.url.find("/any/"));
  expect_reply(c, fetch(c, "POST", base + "/any/7", probe, every_byte()), "POST /any/7 ", every_byte());
}

void expose_idempotent_unexpose_404(const FunctionCase& c) {
  needs_endpoints(c);
  const std::string name = c.deploy_behaviour("behaviour.http");
  const Endpoint first = c.expect_ok(c.runtime().expose(name, hello_on_dev()), "exposing GET /hello");
  const Endpoint second = c.expect_ok(c.runtime().expose(name, hello_on_dev()), "exposing it again");
  c.expect_equal(second.url, first.url, "the URL of the second time");
  c.expect_equal(second.id, first.id, "the id of the second time");
  const auto listed = c.expect_ok(c.runtime().endpoints(name), "listing endpoints");
  c.expect_equal(listed.size(), std::size_t{1}, "the number of endpoints after exposing one twice");
  c.expect_equal(listed[0].url, first.url, "the URL that is listed");
  fetch(c, "GET", first.url, {}, "");
  c.expect_ok(c.runtime().unexpose(name, first), "unexposing");
  c.expect_ok(c.runtime().unexpose(name, first), "unexposing what is gone");
  c.expect(c.soon([&] {
    const auto gone = c.harness().http_fetch("GET", first.url, {}, "");
    return !gone || gone->status == 404 || gone->status == 403;
  }),
           "an endpoint that was removed should answer 404, 403, or not at all");
  c.expect(c.expect_ok(c.runtime().endpoints(name), "listing endpoints").empty(), "no endpoint should be left");
  c.expect_error(c.runtime().expose(c.function("none"), hello_on_dev()), ErrorCode::not_found,
                 "exposing a missing function");
}

void expect_fire(const FunctionCase& c, std::string_view cron, std::string_view zone, system_clock::time_point after,
                 system_clock::time_point expected) {
  const auto fires = c.expect_ok(next_fire(cron, zone, after), "next_fire");
  c.expect(fires == expected, "the next time of " + show(cron) + " in " + show(zone) + " is another");
}

ScheduleSpec daily_at_one() {
  ScheduleSpec spec;
  spec.name = "daily";
  spec.cron = "0 1 * * *";
  spec.time_zone = "Europe/Berlin";
  spec.input = R"("marker")";
  return spec;
}

void expect_schedule(const FunctionCase& c, const std::string& function, const ScheduleSpec& spec) {
  const auto listed = c.expect_ok(c.runtime().schedules(function), "listing schedules");
  c.expect_equal(listed.size(), std::size_t{1}, "the number of schedules");
  c.expect_equal(listed[0].name, spec.name, "the name of the schedule");
  c.expect_equal(listed[0].cron, spec.cron, "the cron line of the schedule");
  c.expect_equal(listed[0].time_zone, spec.time_zone, "the time zone of the schedule");
  c.expect_equal(listed[0].input, spec.input, "the input of the schedule");
  c.expect_equal(listed[0].enabled, spec.enabled, "whether the schedule is enabled");
}

void schedule_daily_0100(const FunctionCase& c) {
  using namespace std::chrono_literals;
  c.needs(c.can().schedules, "schedules");
  // Berlin goes from 02:00 to 03:00 on March 29th, and back on October 25th.
  expect_fire(c, "0 1 * * *", "Europe/Berlin", sys_days(2026y / 7 / 1), sys_days(2026y / 7 / 1) + 23h);
  expect_fire(c, "30 2 * * *", "Europe/Berlin", sys_days(2026y / 3 / 29), sys_days(2026y / 3 / 29) + 1h);
  expect_fire(c, "30 2 * * *", "Europe/Berlin", sys_days(2026y / 10 / 25), sys_days(2026y / 10 / 25) + 30min);
  expect_fire(c, "30 2 * * *", "Europe/Berlin", sys_days(2026y / 10 / 25) + 30min,
              sys_days(2026y / 10 / 26) + 1h + 30min);

  const std::string name = c.deploy_behaviour("behaviour.log");
  ScheduleSpec spec = daily_at_one();
  c.expect_ok(c.runtime().schedule(name, spec), "scheduling");
  expect_schedule(c, name, spec);
  if (c.harness().advance_clock && c.can().logs) {
    c.harness().advance_clock(25h);
    c.expect(c.soon([&] {
      const auto lines = c.log(name);
      return std::any_of(lines.begin(), lines.end(),
                         [](const std::string& line) { return line.find("marker") != std::string::npos; });
    }),
             "a daily schedule should have called the function within 25 hours, with its input");
  }
  spec.cron = "15 2 * * 1-5";
  spec.time_zone = "UTC";
  spec.enabled = false;
  c.expect_ok(c.runtime().schedule(name, spec), "changing the schedule");
  expect_schedule(c, name, spec);
  c.expect_ok(c.runtime().unschedule(name, spec.name), "unscheduling");
  c.expect_ok(c.runtime().unschedule(name, spec.name), "unscheduling what is gone");
  c.expect(c.expect_ok(c.runtime().schedules(name), "listing schedules").empty(), "no schedule should be left");
  c.expect_error(c.runtime().schedule(c.function("none"), spec), ErrorCode::not_found, "scheduling a missing function");
}

// What is told of a schedule means what was asked for, also the next few times.
void expect_same_times(const FunctionCase& c, const ScheduleSpec& spec, const Schedule& made) {
  auto after = system_clock::now();
  for (int i = 0; i < 10; ++i) {
    const auto meant = c.expect_ok(next_fire(spec.cron, spec.time_zone, after), "next_fire");
    const auto told = c.expect_ok(next_fire(made.cron, made.time_zone, after), "next_fire of " + show(made.cron));
    c.expect(meant == told, "the schedule " + show(spec.cron) + " should not be told as " + show(made.cron));
    after = meant.value_or(after);
  }
}

void cron_table(const FunctionCase& c) {
  c.needs(c.can().schedules, "schedules");
  const std::string name = c.deploy_behaviour("behaviour.echo");
  ScheduleSpec spec = daily_at_one();
  for (const char* cron : {"* * * * *", "0 1 * * *", "*/15 * * * *", "0 9-17 * * 1-5", "30 6 1,15 * *", "0 0 1 1 *",
                           "5 4 * * 0", "5 4 * * sun"}) {
    spec.cron = cron;
    expect_same_times(c, spec, c.expect_ok(c.runtime().schedule(name, spec), "scheduling " + show(cron)));
  }
  // Either day, in cron; some services cannot say it, and then they must not say something else.
  spec.cron = "0 0 1 * 1";
  if (const auto either = c.runtime().schedule(name, spec)) {
    expect_same_times(c, spec, *either);
  } else {
    c.expect_error(either, ErrorCode::unsupported, "both day fields");
  }
  for (const char* cron : {"", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *",
                           "* * * * 8", "5-1 * * * *", "*/0 * * * *", "a * * * *", "@daily", "0 0 30 2 *"}) {
    spec.cron = cron;
    c.expect_error(c.runtime().schedule(name, spec), ErrorCode::invalid_argument, "the cron line " + show(cron));
  }
  spec = daily_at_one();
  spec.time_zone = "Mars/Olympus";
  c.expect_error(c.runtime().schedule(name, spec), ErrorCode::invalid_argument, "a time zone that does not exist");
}

constexpr FunctionCaseEntry kEndpointCases[] = {
    {"expose_get_dev_hello_200", expose_get_dev_hello_200},
    {"expose_idempotent_unexpose_404", expose_idempotent_unexpose_404},
};
constexpr FunctionCaseEntry kScheduleCases[] = {
    {"schedule_daily_0100", schedule_daily_0100},
    {"cron_table", cron_table},
};

}  // namespace

FunctionCaseList endpoint_cases() { return kEndpointCases; }
FunctionCaseList schedule_cases() { return kScheduleCases; }

}  // namespace cloudkit::inline v0::testing::functions

#include "aws/schedule/protocol.h"

#include "aws/service/reply.h"
#include "aws/service_error.h"
#include "codec/json.h"
#include "core/encode.h"
#include "http/classify.h"
#include "http/request_id.h"

#include <fmt/format.h>

#include <utility>

namespace cloudkit::inline v0::aws::schedule {
namespace {

using codec::JsonValue;
using codec::JsonWriter;
using http::Method;
using service::Call;
using service::text_at;

std::string_view state_of(bool enabled) noexcept { return enabled ? "ENABLED" : "DISABLED"; }

std::string schedule_path(std::string_view name) { return fmt::format("/schedules/{}", name); }

Result<Call> schedule_call(Method method, const TimedCall& timed) {
  JsonWriter json;
  json.begin_object().name("ScheduleExpression").string(timed.expression);
  json.name("ScheduleExpressionTimezone").string(timed.time_zone).name("State").string(state_of(timed.enabled));
  json.name("FlexibleTimeWindow").begin_object().name("Mode").string("OFF").end_object();
  json.name("Target").begin_object().name("Arn").string(timed.function_arn);
  json.name("RoleArn").string(timed.role_arn).name("Input").string(timed.input).end_object();
  return service::rest_call(method, schedule_path(timed.name), json);
}

// All of them may be repeated: they say what shall be.
Result<Call> events_call(std::string_view action, JsonWriter& json) {
  auto call = service::json_call("AWSEvents", action, "1.1", json);
  if (call) call->idempotent = true;
  return call;
}

}  // namespace

Result<Call> create_schedule(const TimedCall& timed) { return schedule_call(Method::post, timed); }
Result<Call> update_schedule(const TimedCall& timed) { return schedule_call(Method::put, timed); }
Call get_schedule(std::string_view name) { return service::rest_call(Method::get, schedule_path(name)); }
Call delete_schedule(std::string_view name) { return service::rest_call(Method::remove, schedule_path(name)); }

Call list_schedules(std::string_view name_prefix, std::string_view token) {
  Call call = service::rest_call(Method::get, "/schedules");
  call.query = {{"ScheduleGroup", "default"}, {"NamePrefix", std::string(name_prefix)}, {"MaxResults", "100"}};
  if (!token.empty()) call.query.emplace_back("NextToken", token);
  return call;
}

Result<TimedCall> read_schedule(const http::Response& response) {
  const auto json = service::read_json(response);
  if (!json) return json.error();
  const JsonValue& target = json->find("Target");
  TimedCall timed{text_at(*json, "Name"),
                  text_at(*json, "ScheduleExpression"),
                  text_at(*json, "ScheduleExpressionTimezone"),
                  text_at(target, "Arn"),
                  text_at(target, "RoleArn"),
                  text_at(target, "Input"),
                  text_at(*json, "State") != state_of(false)};
  if (timed.time_zone.empty()) timed.time_zone = "UTC";
  if (timed.name.empty()) return service::unexpected_reply("it has no Name", response);
  return timed;
}

Result<NamePage> read_schedule_names(const http::Response& response) {
  const auto json = service::read_json(response);
  if (!json) return json.error();
  NamePage page;
  for (const JsonValue& item : json->find("Schedules").items()) page.names.push_back(text_at(item, "Name"));
  page.token = text_at(*json, "NextToken");
  return page;
}

std::optional<http::Failure> classify_scheduler_reply(const http::Request& request, const http::Response& response,
                                                      bool receiver_took_body) {
  auto failure = classify_json_reply(request, response, receiver_took_body);
  if (!failure) return failure;
  Error& error = failure->error;
  const bool about_role = error.message.find("execution role") != std::string::npos ||
                          error.message.find("assume the role") != std::string::npos;
  if (error.service_code == "ValidationException" && about_role) {
    error.code = ErrorCode::permission_denied;
    error.hint = "the role must trust scheduler.amazonaws.com; a new one takes some seconds";
  }
  return failure;
}

Result<Call> put_rule(std::string_view name, std::string_view expression, bool enabled) {
  JsonWriter json;
  json.begin_object().name("Name").string(name).name("ScheduleExpression").string(expression);
  json.name("State").string(state_of(enabled));
  return events_call("PutRule", json);
}

Result<Call> put_target(std::string_view rule, std::string_view function_arn, std::string_view input) {
  JsonWriter json;
  json.begin_object().name("Rule").string(rule).name("Targets").begin_array().begin_object();
  json.name("Id").string(kTargetId).name("Arn").string(function_arn).name("Input").string(input);
  json.end_object().end_array();
  return events_call("PutTargets", json);
}

Result<Call> list_rules(std::string_view name_prefix, std::string_view token) {
  JsonWriter json;
  json.begin_object().name("NamePrefix").string(name_prefix);
  if (!token.empty()) json.name("NextToken").string(token);
  return events_call("ListRules", json);
}

Result<Call> list_targets(std::string_view rule) {
  JsonWriter json;
  json.begin_object().name("Rule").string(rule);
  return events_call("ListTargetsByRule", json);
}

Result<Call> remove_target(std::string_view rule) {
  JsonWriter json;
  json.begin_object().name("Rule").string(rule).name("Ids").begin_array().string(kTargetId).end_array();
  return events_call("RemoveTargets", json);
}

Result<Call> delete_rule(std::string_view name) {
  JsonWriter json;
  json.begin_object().name("Name").string(name);
  return events_call("DeleteRule", json);
}

Result<std::string> read_rule_arn(const http::Response& response) {
  const auto json = service::read_json(response);
  if (!json) return json.error();
  std::string arn = text_at(*json, "RuleArn");
  if (arn.empty()) return service::unexpected_reply("it has no RuleArn", response);
  return arn;
}

Result<RulePage> read_rules(const http::Response& response) {
  const auto json = service::read_json(response);
  if (!json) return json.error();
  RulePage page;
  for (const JsonValue& item : json->find("Rules").items()) {
    page.rules.push_back(
        {text_at(item, "Name"), text_at(item, "ScheduleExpression"), text_at(item, "State") != state_of(false)});
  }
  page.token = text_at(*json, "NextToken");
  return page;
}

Result<std::vector<RuleTarget>> read_targets(const http::Response& response) {
  const auto json = service::read_json(response);
  if (!json) return json.error();
  std::vector<RuleTarget> targets;
  for (const JsonValue& target : json->find("Targets").items()) {
    targets.push_back({text_at(target, "Id"), text_at(target, "Arn"), text_at(target, "Input")});
  }
  return targets;
}

Status check_target_entries(const http::Response& response, std::string_view what) {
  const auto json = service::read_json(response);
  if (!json) return json.error();
  if (json->find("FailedEntryCount").as_i64().value_or(0) == 0) return {};
  const auto entries = json->find("FailedEntries").items();
  const JsonValue first = entries.empty() ? JsonValue() : entries.front();
  Error error = http::classify(core::printable_excerpt(text_at(first, "ErrorCode"), 80), 400).error;
  error.message = fmt::format("{}: {}", what, core::printable_excerpt(text_at(first, "ErrorMessage"), 512));
  error.http_status = response.status;
  error.attempts = response.attempts;
  error.request_id = http::request_id_of(response.headers);
  return error;
}

}  // namespace cloudkit::inline v0::aws::schedule

#include "aws/logs/protocol.h"

#include "aws/service/reply.h"
#include "codec/json.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cloudkit::inline v0::aws::logs {
namespace {

using codec::JsonValue;
using codec::JsonWriter;

constexpr std::string_view kTarget = "Logs_20140328";

Result<service::Call> logs_call(std::string_view action, JsonWriter& json) {
  return service::json_call(kTarget, action, "1.1", json).map(service::repeatable);
}

std::string without_line_end(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  return std::string(text);
}

// Milliseconds, of which a clock of nanoseconds cannot hold all that a service may send.
std::chrono::system_clock::time_point time_at(std::int64_t milliseconds) {
  using Time = std::chrono::system_clock::time_point;
  constexpr std::int64_t kFirst = std::chrono::ceil<std::chrono::milliseconds>(Time::min()).time_since_epoch().count();
  constexpr std::int64_t kLast = std::chrono::floor<std::chrono::milliseconds>(Time::max()).time_since_epoch().count();
  return Time(std::chrono::milliseconds(std::clamp(milliseconds, kFirst, kLast)));
}

// False for an event that an earlier page had.
bool advance(Position& position, std::int64_t time, const std::string& id) {
  const bool known = !id.empty() && std::find(position.seen.begin(), position.seen.end(), id) != position.seen.end();
  if (known) return false;
  if (time > position.last) {
    position.last = time;
    position.seen.clear();
  }
  if (time == position.last) position.seen.push_back(id);
  return true;
}

}  // namespace

Result<Position> read_position(const LogPageRequest& request) {
  Position position;
  if (request.page_token.empty()) {
    const auto since = std::chrono::floor<std::chrono::milliseconds>(request.since).time_since_epoch().count();
    position.since = std::max<std::int64_t>(since, 0);
    return position;
  }
  const auto json = JsonValue::parse(request.page_token);
  if (!json || !json->is_object()) return core::invalid_argument("this is no token of a page of logs");
  position.since = json->find("since").as_i64().value_or(0);
  position.service_token = service::text_at(*json, "token");
  position.last = json->find("last").as_i64().value_or(0);
  for (const JsonValue& id : json->find("seen").items()) position.seen.emplace_back(id.as_string().value_or(""));
  return position;
}

Result<std::string> write_position(const Position& position) {
  JsonWriter json;
  json.begin_object().name("since").number(position.since).name("token").string(position.service_token);
  json.name("last").number(position.last).name("seen").begin_array();
  for (const std::string& id : position.seen) json.string(id);
  return json.end_array().end_object().finish();
}

std::string group_of(std::string_view function) { return fmt::format("/aws/lambda/{}", function); }

Result<service::Call> filter_log_events(std::string_view group, const Position& position) {
  JsonWriter json;
  json.begin_object().name("logGroupName").string(group).name("startTime").number(position.since);
  if (!position.service_token.empty()) json.name("nextToken").string(position.service_token);
  return logs_call("FilterLogEvents", json);
}

Result<LogPage> read_log_events(const http::Response& response, Position position) {
  const auto json = service::read_json(response);
  if (!json) return json.error();
  LogPage page;
  for (const JsonValue& event : json->find("events").items()) {
    const std::int64_t time = event.find("timestamp").as_i64().value_or(0);
    if (!advance(position, time, service::text_at(event, "eventId"))) continue;
    page.events.push_back({time_at(time), without_line_end(service::text_at(event, "message"))});
  }
  position.service_token = service::text_at(*json, "nextToken");
  page.at_end = position.service_token.empty();
  if (page.at_end) position.since = std::max(position.since, position.last);
  auto token = write_position(position);
  if (!token) return std::move(token).error();
  page.next_page_token = *std::move(token);
  return page;
}

Result<service::Call> delete_log_group(std::string_view group) {
  JsonWriter json;
  json.begin_object().name("logGroupName").string(group);
  return logs_call("DeleteLogGroup", json);
}

}  // namespace cloudkit::inline v0::aws::logs

#include "aws/logs/protocol.h"

#include "aws/service/reply.h"
#include "codec/json.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

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

// By so much an event may be late.
constexpr std::int64_t kLatest = 10'000;
// Beyond that a token would be large: then it is less that may be late.
constexpr std::size_t kMostSeen = 2000;

// False for an event that an earlier page had.
bool advance(Position& position, std::int64_t time, const std::string& id) {
  if (!position.seen.emplace(id, time).second) return false;
  position.last = std::max(position.last, time);
  return true;
}

// Since when an event may come that is shown still.
std::int64_t window_of(const Position& position) {
  const std::int64_t begin = std::max(position.last - kLatest, position.since);
  if (position.seen.size() <= kMostSeen) return begin;
  std::vector<std::int64_t> times;
  times.reserve(position.seen.size());
  for (const auto& [id, time] : position.seen) times.push_back(time);
  const auto first = times.end() - static_cast<std::ptrdiff_t>(kMostSeen);
  std::nth_element(times.begin(), first, times.end());
  return std::max(begin, *first);
}

// What the next page cannot bring again.
void forget_old(Position& position, bool at_end) {
  const std::int64_t begin = window_of(position);
  if (at_end) {
    position.since = begin;
    position.last_before = position.last;
  }
  // Other pages of this listing may bring what an earlier one had.
  std::erase_if(position.seen, [&](const auto& event) {
    return event.second < begin && (at_end || event.second > position.last_before);
  });
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
  position.last = std::max<std::int64_t>(json->find("last").as_i64().value_or(0), 0);
  position.last_before = json->find("before").as_i64().value_or(0);
  for (const codec::JsonMember& event : json->find("seen").members()) {
    position.seen.emplace(event.name, event.value.as_i64().value_or(0));
  }
  return position;
}

Result<std::string> write_position(const Position& position) {
  JsonWriter json;
  json.begin_object().name("since").number(position.since).name("token").string(position.service_token);
  json.name("last").number(position.last).name("before").number(position.last_before).name("seen").begin_object();
  for (const auto& [id, time] : position.seen) json.name(id).number(time);
  return json.end_object().end_object().finish();
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
    std::string text = service::text_at(event, "message");
    std::string id = service::text_at(event, "eventId");
    if (id.empty()) id = fmt::format("{} {}", time, text);  // Of a server that gives none.
    if (!advance(position, time, id)) continue;
    page.events.push_back({time_at(time), without_line_end(text)});
  }
  position.service_token = service::text_at(*json, "nextToken");
  page.at_end = position.service_token.empty();
  forget_old(position, page.at_end);
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

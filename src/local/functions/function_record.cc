#include "local/functions/function_record.h"

#include "codec/json.h"
#include "core/encode.h"
#include "core/fail.h"
#include "local/stored.h"

#include <utility>

namespace cloudkit::inline v0::local::functions {
namespace {

using codec::JsonValue;
using codec::JsonWriter;

void write_snapshot(JsonWriter& json, const FunctionSnapshot& snapshot) {
  const FunctionSpec& spec = snapshot.spec;
  json.begin_object();
  json.name("revision").string(snapshot.revision).name("code_digest").string(snapshot.code_digest);
  json.name("modified").string(core::format_rfc3339(snapshot.modified));
  json.name("runtime").string(spec.runtime).name("handler").string(spec.handler);
  json.name("description").string(spec.description);
  json.name("timeout").number(static_cast<std::int64_t>(spec.timeout.count()));
  json.name("memory_mib").number(spec.memory_mib).name("scratch_mib").number(spec.scratch_mib);
  json.name("architecture").number(static_cast<int>(spec.architecture));
  json.name("identity").string(spec.identity);
  if (spec.max_concurrency) json.name("max_concurrency").number(*spec.max_concurrency);
  write_texts(json, "environment", spec.environment);
  write_texts(json, "tags", spec.tags);
  json.end_object();
}

FunctionSnapshot read_snapshot(const JsonValue& json, std::string_view name) {
  FunctionSnapshot snapshot;
  FunctionSpec& spec = snapshot.spec;
  snapshot.revision = text_at(json, "revision");
  snapshot.code_digest = text_at(json, "code_digest");
  snapshot.modified = time_at(json, "modified");
  spec.name = std::string(name);
  spec.runtime = text_at(json, "runtime");
  spec.handler = text_at(json, "handler");
  spec.description = text_at(json, "description");
  spec.timeout = std::chrono::seconds(json.find("timeout").as_i64().value_or(0));
  spec.memory_mib = int_at(json, "memory_mib");
  spec.scratch_mib = int_at(json, "scratch_mib");
  spec.architecture = static_cast<Architecture>(int_at(json, "architecture"));
  spec.identity = text_at(json, "identity");
  if (json.contains("max_concurrency")) spec.max_concurrency = int_at(json, "max_concurrency");
  spec.environment = texts_at(json, "environment");
  spec.tags = texts_at(json, "tags");
  return snapshot;
}

}  // namespace

bool FunctionSnapshot::same_as(const FunctionSnapshot& other) const {
  const FunctionSpec& a = spec;
  const FunctionSpec& b = other.spec;
  return revision == other.revision && a.runtime == b.runtime && a.handler == b.handler &&
         a.description == b.description && a.timeout == b.timeout && a.memory_mib == b.memory_mib &&
         a.scratch_mib == b.scratch_mib && a.architecture == b.architecture && a.environment == b.environment &&
         a.max_concurrency == b.max_concurrency;
}

Result<std::string> to_json(const FunctionRecord& record) {
  JsonWriter json;
  json.begin_object().name("format").number(1).name("name").string(record.name);
  json.name("generation").string(record.generation).name("start_failure").string(record.start_failure);
  json.name("latest");
  write_snapshot(json, record.latest);
  json.name("last_version").number(record.last_version).name("versions").begin_object();
  for (const auto& [number, snapshot] : record.versions) {
    json.name(std::to_string(number));
    write_snapshot(json, snapshot);
  }
  json.end_object();
  write_texts(json, "aliases", record.aliases);
  return json.end_object().finish();
}

Result<FunctionRecord> parse_function(std::string_view text) {
  const auto json = parse_stored(text, "function");
  if (!json) return json.error();
  FunctionRecord record;
  record.name = text_at(*json, "name");
  if (record.name.empty() || json->find("format").as_u64() != 1U) {
    return core::fail(ErrorCode::data_loss, "the stored function is not of a form that this version reads");
  }
  record.generation = text_at(*json, "generation");
  record.start_failure = text_at(*json, "start_failure");
  record.latest = read_snapshot(json->find("latest"), record.name);
  record.last_version = json->find("last_version").as_u64().value_or(0);
  for (const codec::JsonMember& member : json->find("versions").members()) {
    const auto number = core::parse_u64(member.name);
    if (number) record.versions.emplace(*number, read_snapshot(member.value, record.name));
  }
  record.aliases = texts_at<decltype(record.aliases)>(*json, "aliases");
  return record;
}

Result<std::string> to_json(const std::vector<Endpoint>& endpoints) {
  JsonWriter json;
  json.begin_array();
  for (const Endpoint& endpoint : endpoints) {
    json.begin_object().name("id").string(endpoint.id).name("kind").number(static_cast<int>(endpoint.kind));
    json.name("method").string(endpoint.method).name("path").string(endpoint.path);
    json.name("stage").string(endpoint.stage).name("is_public").boolean(endpoint.is_public).end_object();
  }
  return json.end_array().finish();
}

Result<std::vector<Endpoint>> parse_endpoints(std::string_view text) {
  const auto json = parse_stored(text, "endpoints");
  if (!json) return json.error();
  std::vector<Endpoint> endpoints;
  for (const JsonValue& item : json->items()) {
    endpoints.push_back({"", text_at(item, "id"), static_cast<EndpointKind>(int_at(item, "kind")),
                         text_at(item, "method"), text_at(item, "path"), text_at(item, "stage"),
                         item.find("is_public").as_bool().value_or(false)});
  }
  return endpoints;
}

Result<std::string> to_json(const std::vector<Schedule>& schedules) {
  JsonWriter json;
  json.begin_array();
  for (const Schedule& schedule : schedules) {
    json.begin_object().name("name").string(schedule.name).name("function").string(schedule.function);
    json.name("cron").string(schedule.cron).name("time_zone").string(schedule.time_zone);
    json.name("input").string(schedule.input).name("enabled").boolean(schedule.enabled).end_object();
  }
  return json.end_array().finish();
}

Result<std::vector<Schedule>> parse_schedules(std::string_view text) {
  const auto json = parse_stored(text, "schedules");
  if (!json) return json.error();
  std::vector<Schedule> schedules;
  for (const JsonValue& item : json->items()) {
    schedules.push_back({text_at(item, "name"), text_at(item, "function"), text_at(item, "cron"),
                         text_at(item, "time_zone"), text_at(item, "input"),
                         item.find("enabled").as_bool().value_or(false)});
  }
  return schedules;
}

Result<std::string> to_json(const QueuedEvent& event) {
  JsonWriter json;
  json.begin_object().name("function").string(event.function).name("qualifier").string(event.qualifier);
  json.name("payload").string(event.payload).name("client_context").string(event.client_context);
  json.name("request_id").string(event.request_id).name("attempts").number(event.attempts);
  json.name("accepted").string(core::format_rfc3339(event.accepted));
  return json.name("due").string(core::format_rfc3339(event.due)).end_object().finish();
}

Result<QueuedEvent> parse_event(std::string_view text) {
  const auto json = parse_stored(text, "invocation");
  if (!json) return json.error();
  return QueuedEvent{text_at(*json, "function"),       text_at(*json, "qualifier"),  text_at(*json, "payload"),
                     text_at(*json, "client_context"), text_at(*json, "request_id"), int_at(*json, "attempts"),
                     time_at(*json, "accepted"),       time_at(*json, "due")};
}

}  // namespace cloudkit::inline v0::local::functions

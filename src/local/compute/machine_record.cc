#include "local/compute/machine_record.h"

#include "core/fail.h"
#include "local/stored.h"

#include <utility>
#include <vector>

namespace cloudkit::inline v0::local::compute {
namespace {

using codec::JsonValue;
using codec::JsonWriter;

constexpr int kFormat = 1;

void write_spec(JsonWriter& json, const InstanceSpec& spec) {
  json.begin_object().name("name").string(spec.name).name("image").string(spec.image);
  json.name("type").string(spec.type).name("key").string(spec.key).name("subnet").string(spec.subnet);
  json.name("zone").string(spec.zone).name("identity").string(spec.identity).name("token").string(spec.token);
  json.name("firewalls").begin_array();
  for (const std::string& firewall : spec.firewalls) json.string(firewall);
  json.end_array();
  if (spec.public_ip) json.name("public_ip").boolean(*spec.public_ip);
  if (spec.disk_gib) json.name("disk_gib").number(*spec.disk_gib);
  json.name("metadata_v2_only").boolean(spec.metadata_v2_only);
  write_texts(json, "tags", spec.tags);
  json.end_object();
}

InstanceSpec read_spec(const JsonValue& json) {
  InstanceSpec spec;
  spec.name = text_at(json, "name");
  spec.image = text_at(json, "image");
  spec.type = text_at(json, "type");
  spec.key = text_at(json, "key");
  spec.subnet = text_at(json, "subnet");
  spec.zone = text_at(json, "zone");
  spec.identity = text_at(json, "identity");
  spec.token = text_at(json, "token");
  for (const JsonValue& item : json.find("firewalls").items()) {
    spec.firewalls.emplace_back(item.as_string().value_or(""));
  }
  spec.public_ip = json.find("public_ip").as_bool();
  if (json.contains("disk_gib")) spec.disk_gib = int_at(json, "disk_gib");
  spec.metadata_v2_only = json.find("metadata_v2_only").as_bool().value_or(true);
  spec.tags = texts_at(json, "tags");
  return spec;
}

core::ProcessIdentity read_process(const JsonValue& json) {
  return {json.find("pid").as_i64().value_or(0), json.find("start_time").as_u64().value_or(0), text_at(json, "boot")};
}

std::string reason_of(const MachineRecord& record, const std::optional<MachineStatus>& status, InstanceState state) {
  if (state == InstanceState::stopped && record.power == Power::on) {
    if (!status) return "it was never started: the program that made it ended before";
    return "its supervisor ended: this computer was restarted, or somebody ended that process";
  }
  if (status && !status->user_data.empty() && status->user_data != "exit status 0") {
    return "user data ended: " + status->user_data;
  }
  return {};
}

}  // namespace

Result<std::string> to_json(const MachineRecord& record) {
  JsonWriter json;
  json.begin_object().name("format").number(kFormat).name("id").string(record.id).name("spec");
  write_spec(json, record.spec);
  json.name("user_data_digest").string(record.user_data_digest);
  write_texts(json, "tags", record.tags);
  json.name("created").string(core::format_rfc3339(record.created));
  json.name("power").number(static_cast<int>(record.power));
  json.name("destroyed").string(core::format_rfc3339(record.destroyed));
  json.name("boot_id").string(record.boot_id).name("asked").string(core::format_rfc3339(record.asked));
  json.name("starter").begin_object();
  json.name("pid").number(record.starter.pid).name("start_time").number(record.starter.start_time);
  return json.name("boot").string(record.starter.boot).end_object().end_object().finish();
}

Result<MachineRecord> parse_machine(std::string_view text) {
  const auto json = parse_stored(text, "machine");
  if (!json) return json.error();
  MachineRecord record;
  record.id = text_at(*json, "id");
  const int power = int_at(*json, "power");
  if (record.id.empty() || json->find("format").as_u64() != kFormat || power < 0 ||
      power > static_cast<int>(Power::destroyed)) {
    return core::fail(ErrorCode::data_loss, "the stored machine is not of a form that this version reads");
  }
  record.power = static_cast<Power>(power);
  record.spec = read_spec(json->find("spec"));
  record.user_data_digest = text_at(*json, "user_data_digest");
  record.tags = texts_at(*json, "tags");
  record.created = time_at(*json, "created");
  record.destroyed = time_at(*json, "destroyed");
  record.boot_id = text_at(*json, "boot_id");
  record.asked = time_at(*json, "asked");
  record.starter = read_process(json->find("starter"));
  return record;
}

Result<MachineStatus> parse_status(std::string_view text) {
  const auto json = parse_stored(text, "status of a machine");
  if (!json) return json.error();
  return MachineStatus{text_at(*json, "boot_id"), text_at(*json, "first_boot_id"), read_process(*json),
                       text_at(*json, "user_data")};
}

InstanceState state_of(const MachineRecord& record, const std::optional<MachineStatus>& status, bool alive) {
  if (record.power == Power::destroyed) return InstanceState::terminating;
  if (alive) return record.power == Power::on ? InstanceState::running : InstanceState::stopping;
  const bool is_to_come = record.power == Power::on && (!status || status->first_boot_id != record.boot_id) &&
                          std::chrono::system_clock::now() - record.asked < kLongestBoot;
  return is_to_come && core::is_alive(record.starter) ? InstanceState::pending : InstanceState::stopped;
}

Instance describe(const MachineRecord& record, const std::optional<MachineStatus>& status, bool alive) {
  Instance instance;
  instance.id = record.id;
  instance.name = record.spec.name;
  instance.state = state_of(record, status, alive);
  instance.state_reason = reason_of(record, status, instance.state);
  instance.image = record.spec.image;
  instance.type = record.spec.type;
  instance.zone = "local";
  instance.private_ip = "127.0.0.1";
  instance.public_ip = "127.0.0.1";
  instance.dns_name = "localhost";
  instance.firewalls = record.spec.firewalls;
  instance.key = record.spec.key;
  instance.tags = record.tags;
  instance.token = record.spec.token;
  if (alive && status) instance.boot_id = status->boot_id;
  instance.created = record.created;
  return instance;
}

bool same_request(const MachineRecord& a, const MachineRecord& b) {
  return a.spec == b.spec && a.user_data_digest == b.user_data_digest;
}

}  // namespace cloudkit::inline v0::local::compute

#include "local/compute/firewall_record.h"

#include "core/fail.h"
#include "local/stored.h"

namespace cloudkit::inline v0::local::compute {
namespace {

using codec::JsonValue;
using codec::JsonWriter;

void write_rule(JsonWriter& json, const FirewallRule& rule) {
  json.begin_object().name("direction").number(static_cast<int>(rule.direction));
  json.name("protocol")
      .number(static_cast<int>(rule.protocol))
      .name("from")
      .number(rule.from)
      .name("to")
      .number(rule.to);
  json.name("cidrs").begin_array();
  for (const std::string& cidr : rule.cidrs) json.string(cidr);
  json.end_array();
  json.name("peer_firewall").string(rule.peer_firewall).name("description").string(rule.description).end_object();
}

FirewallRule read_rule(const JsonValue& json) {
  FirewallRule rule;
  rule.direction = static_cast<Direction>(int_at(json, "direction"));
  rule.protocol = static_cast<Protocol>(int_at(json, "protocol"));
  rule.from = int_at(json, "from");
  rule.to = int_at(json, "to");
  for (const JsonValue& item : json.find("cidrs").items()) rule.cidrs.emplace_back(item.as_string().value_or(""));
  rule.peer_firewall = text_at(json, "peer_firewall");
  rule.description = text_at(json, "description");
  return rule;
}

}  // namespace

Result<std::string> to_json(const Firewall& firewall) {
  JsonWriter json;
  json.begin_object().name("id").string(firewall.id).name("name").string(firewall.name);
  json.name("description").string(firewall.description).name("network").string(firewall.network);
  json.name("rules").begin_array();
  for (const FirewallRule& rule : firewall.rules) write_rule(json, rule);
  json.end_array();
  write_texts(json, "tags", firewall.tags);
  return json.end_object().finish();
}

Result<Firewall> parse_firewall(std::string_view text) {
  const auto json = parse_stored(text, "firewall");
  if (!json) return json.error();
  Firewall firewall;
  firewall.id = text_at(*json, "id");
  if (firewall.id.empty()) return core::fail(ErrorCode::data_loss, "the stored firewall has no id");
  firewall.name = text_at(*json, "name");
  firewall.description = text_at(*json, "description");
  firewall.network = text_at(*json, "network");
  for (const JsonValue& item : json->find("rules").items()) firewall.rules.push_back(read_rule(item));
  firewall.tags = texts_at(*json, "tags");
  return firewall;
}

Result<std::string> to_json(const KeyPair& key, std::string_view public_key) {
  JsonWriter json;
  json.begin_object().name("name").string(key.name).name("id").string(key.id);
  json.name("fingerprint").string(key.fingerprint).name("public_key").string(public_key);
  return json.end_object().finish();
}

Result<KeyPair> parse_key(std::string_view text) {
  const auto json = parse_stored(text, "key");
  if (!json) return json.error();
  return KeyPair{text_at(*json, "name"), text_at(*json, "id"), text_at(*json, "fingerprint")};
}

}  // namespace cloudkit::inline v0::local::compute

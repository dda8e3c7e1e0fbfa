#include "stack/attributes.h"

#include "codec/json.h"
#include "core/compute_rules.h"
#include "core/encode.h"
#include "core/function_rules.h"
#include "core/random.h"
#include "crypto/digest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

namespace cloudkit::inline v0::stack {
namespace {

constexpr std::string_view kDigest = R"({"digest":)";
constexpr std::array<std::string_view, 4> kAlwaysSecret = {"environment", "input", "public_key", "user_data"};

using Writer = codec::JsonWriter;

// What is no UTF-8 has no JSON: of what a spec may have, `told_whole` writes it otherwise.
std::string finished(Writer& writer) { return writer.finish().value_or("null"); }

std::string number(std::int64_t value) { return finished(Writer().number(value)); }

std::string_view base_of(std::string_view attribute) { return attribute.substr(0, attribute.find('.')); }

// Compressed user data are no UTF-8, and other ones must be told apart all the same.
std::string told_whole(std::string_view text) {
  if (core::is_valid_utf8(text)) return json_of(text);
  return json_of(is_known(text) ? "base64:" + core::base64_encode(text) : unknown_mark());
}

class Collector {
 public:
  explicit Collector(const Secrets& secrets) : secrets_(secrets) {}

  void add(const std::string& name, std::string json) {
    if (secrets_.covers(name)) {
      // What stands around a reference that is not known yet is a secret too.
      json = is_known(json) ? secrets_.digest(json) : json_of(unknown_mark());
    }
    attributes_[name] = std::move(json);
  }
  // What is left open is not there.
  void text(const std::string& name, std::string_view value) {
    if (!value.empty()) add(name, told_whole(value));
  }
  void texts(const std::string& name, const std::map<std::string, std::string>& values) {
    for (const auto& [key, value] : values) add(fmt::format("{}.{}", name, key), told_whole(value));
  }
  Attributes take() && { return std::move(attributes_); }

  void operator()(const FirewallSpec& spec) {
    text("name", spec.name);
    text("description", spec.description);
    text("network", spec.network);
    std::vector<FirewallRule> rules = spec.rules;
    if (spec.allow_all_outbound) rules.push_back(core::everything_out());
    add("rules", rules_json(rules));
    Attributes told;
    add_rule_descriptions(told, rules);
    for (auto& [name, json] : told) add(name, std::move(json));
    texts("tags", spec.tags);
  }
  void operator()(const KeySpec& spec) {
    text("name", spec.name);
    text("public_key", core::trim(spec.public_key));
  }
  void operator()(const InstanceSpec& spec) {
    text("name", spec.name);
    text("image", spec.image);
    text("type", spec.type);
    if (!spec.firewalls.empty()) add("firewalls", json_of(spec.firewalls));
    text("key", spec.key);
    text("subnet", spec.subnet);
    text("zone", spec.zone);
    text("identity", spec.identity);
    text("user_data", spec.user_data);
    if (spec.public_ip) add("public_ip", json_of_flag(*spec.public_ip));
    if (spec.disk_gib) add("disk_gib", number(*spec.disk_gib));
    add("metadata_v2_only", json_of_flag(spec.metadata_v2_only));
    texts("tags", spec.tags);
  }
  void operator()(const FunctionSpec& spec) {
    const Architecture architecture =
        spec.architecture == Architecture::host ? core::host_architecture() : spec.architecture;
    text("name", spec.name);
    text("runtime", spec.runtime);
    text("handler", spec.handler);
    text("description", spec.description);
    add("timeout", number(spec.timeout.count()));
    add("memory_mib", number(spec.memory_mib));
    add("scratch_mib", number(spec.scratch_mib));
    add("architecture", json_of(architecture == Architecture::arm64 ? "arm64" : "x86_64"));
    texts("environment", spec.environment);
    texts("tags", spec.tags);
    text("identity", spec.identity);
    if (spec.max_concurrency) add("max_concurrency", number(*spec.max_concurrency));
  }
  void operator()(const StackEndpoint& endpoint) {
    constexpr std::array kKinds = {"automatic", "url", "http_api", "rest_api"};
    text("function", endpoint.function);
    text("method", endpoint.spec.method);
    text("path", endpoint.spec.path);
    text("stage", endpoint.spec.stage);
    add("is_public", json_of_flag(endpoint.spec.is_public));
    add("kind", json_of(kKinds[static_cast<std::size_t>(core::kind_of(endpoint.spec))]));
  }
  void operator()(const StackSchedule& schedule) {
    text("function", schedule.function);
    text("name", schedule.spec.name);
    text("cron", schedule.spec.cron);
    text("time_zone", schedule.spec.time_zone);
    text("input", schedule.spec.input);
    add("enabled", json_of_flag(schedule.spec.enabled));
  }
  void operator()(const BucketSpec& spec) {
    text("name", spec.name);
    add("versioned", json_of_flag(spec.versioned));
    add("force_destroy", json_of_flag(spec.force_destroy));
  }

 private:
  const Secrets& secrets_;
  Attributes attributes_;
};

}  // namespace

const std::string& unknown_mark() {
  static const auto* const mark = new std::string("unknown-" + core::random_hex(16));
  return *mark;
}

bool is_known(std::string_view json) { return json.find(unknown_mark()) == std::string_view::npos; }

bool is_digest(std::string_view json) { return json.starts_with(kDigest); }

std::string shown(std::string text) {
  if (is_digest(text)) return std::string(kSecret);
  const std::string& mark = unknown_mark();
  for (std::size_t at = 0; (at = text.find(mark, at)) != std::string::npos; at += kKnownLater.size()) {
    text.replace(at, mark.size(), kKnownLater);
  }
  return text;
}

std::string Secrets::digest(std::string_view json) const {
  const crypto::Sha256Digest sum = crypto::hmac_sha256(key, json);
  return std::string(kDigest) + '"' + core::hex_encode(sum) + "\"}";
}

bool Secrets::covers(const std::string& attribute) const {
  const std::string base(base_of(attribute));
  return names.contains(base) || names.contains(attribute) ||
         std::find(kAlwaysSecret.begin(), kAlwaysSecret.end(), base) != kAlwaysSecret.end();
}

void conceal(Attributes& facts, const Secrets& secrets, const Attributes& inputs) {
  for (auto& [name, json] : facts) {
    const auto input = inputs.find(name);
    const bool secret = secrets.covers(name) || (input != inputs.end() && is_digest(input->second));
    if (secret && !is_digest(json)) json = secrets.digest(json);
  }
}

bool forces_replacement(std::string_view type, std::string_view attribute) {
  const std::string_view base = base_of(attribute);
  const auto among = [&](std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), base) != names.end();
  };
  if (type == "firewall") return among({"name", "description", "network"});
  if (type == "instance") return base != "tags";
  if (type == "function") return base == "name";
  if (type == "endpoint") return base != "is_public";
  if (type == "schedule") return among({"function", "name"});
  if (type == "bucket") return among({"name", "versioned"});
  return true;
}

Attributes attributes_of(const StackResource::Spec& spec, const Secrets& secrets, std::string_view code_digest) {
  Collector collector(secrets);
  std::visit([&](const auto& each) { collector(each); }, spec);
  collector.text("code", code_digest);
  return std::move(collector).take();
}

Attributes attributes_of(const FunctionSpec& configured, const Secrets& secrets, std::string_view code_digest) {
  Collector collector(secrets);
  collector(configured);
  collector.text("code", code_digest);
  return std::move(collector).take();
}

std::string rules_json(const std::vector<FirewallRule>& rules) {
  using Traffic = std::tuple<std::string_view, std::string_view, int, int, std::string, std::string>;
  std::set<Traffic> all;
  for (const FirewallRule& rule : rules) {
    const auto add = [&](const std::string& cidr, const std::string& peer) {
      all.emplace(to_string(rule.direction), to_string(rule.protocol), rule.from, rule.to, core::to_lower(cidr), peer);
    };
    for (const std::string& cidr : rule.cidrs) add(cidr, {});
    if (!rule.peer_firewall.empty()) add({}, rule.peer_firewall);
  }
  Writer writer;
  writer.begin_array();
  for (const auto& [direction, protocol, from, to, cidr, peer] : all) {
    writer.begin_object();
    if (!cidr.empty()) writer.name("cidr").string(cidr);
    writer.name("direction").string(direction);
    if (from != 0 || to != 0) writer.name("from").number(from);
    if (!peer.empty()) writer.name("peer_firewall").string(peer);
    writer.name("protocol").string(protocol);
    if (from != 0 || to != 0) writer.name("to").number(to);
    writer.end_object();
  }
  return finished(writer.end_array());
}

void add_rule_descriptions(Attributes& attributes, const std::vector<FirewallRule>& rules) {
  std::map<std::string, std::string> all;
  for (const FirewallRule& rule : rules) {
    const auto add = [&](const std::string& other_end) {
      const std::string ports = rule.from == 0 && rule.to == 0 ? "" : fmt::format(" {}-{}", rule.from, rule.to);
      all.emplace(fmt::format("{} {}{} {}", to_string(rule.direction), to_string(rule.protocol), ports, other_end),
                  rule.description);
    };
    for (const std::string& cidr : rule.cidrs) add(core::to_lower(cidr));
    if (!rule.peer_firewall.empty()) add(rule.peer_firewall);
  }
  std::erase_if(all, [](const auto& each) { return each.second.empty(); });
  if (all.empty()) return;
  Writer writer;
  writer.begin_object();
  for (const auto& [traffic, description] : all) writer.name(traffic).string(description);
  attributes[kRuleDescriptions] = finished(writer.end_object());
}

std::string json_of(std::string_view text) { return finished(Writer().string(text)); }

std::string json_of(std::vector<std::string> texts) {
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  Writer writer;
  writer.begin_array();
  for (const std::string& text : texts) writer.string(text);
  return finished(writer.end_array());
}

std::string json_of_flag(bool value) { return value ? "true" : "false"; }

std::string text_of(std::string_view json) {
  const auto parsed = codec::JsonValue::parse(json);
  return parsed ? std::string(parsed->as_string().value_or("")) : std::string();
}

std::string text_in(const Attributes& attributes, const std::string& name) {
  const auto found = attributes.find(name);
  return found == attributes.end() ? std::string() : text_of(found->second);
}

}  // namespace cloudkit::inline v0::stack

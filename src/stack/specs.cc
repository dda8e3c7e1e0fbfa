#include "stack/specs.h"

#include "stack/references.h"

#include <cloudkit/stack.h>

#include <algorithm>
#include <type_traits>

namespace cloudkit::inline v0 {
namespace stack {
namespace {

// The spec, or a const one.
template <class T, class Spec>
concept Is = std::is_same_v<std::remove_const_t<T>, Spec>;

void visit_values(auto& visit, std::string_view attribute, auto& values) {
  for (auto& [name, value] : values) visit(attribute, value);
}

void visit_texts(Is<FirewallSpec> auto& spec, auto& visit) {
  visit("name", spec.name);
  visit("description", spec.description);
  visit("network", spec.network);
  for (auto& rule : spec.rules) {
    for (auto& cidr : rule.cidrs) visit("rules", cidr);
    visit("rules", rule.peer_firewall);
    visit("rules", rule.description);
  }
  visit_values(visit, "tags", spec.tags);
}

void visit_texts(Is<KeySpec> auto& spec, auto& visit) {
  visit("name", spec.name);
  visit("public_key", spec.public_key);
}

void visit_texts(Is<InstanceSpec> auto& spec, auto& visit) {
  visit("name", spec.name);
  visit("image", spec.image);
  visit("type", spec.type);
  for (auto& firewall : spec.firewalls) visit("firewalls", firewall);
  visit("key", spec.key);
  visit("subnet", spec.subnet);
  visit("zone", spec.zone);
  visit("identity", spec.identity);
  visit("user_data", spec.user_data);
  visit_values(visit, "tags", spec.tags);
}

// Not where its code is: it is read when the stack is planned.
void visit_texts(Is<FunctionSpec> auto& spec, auto& visit) {
  visit("name", spec.name);
  visit("runtime", spec.runtime);
  visit("handler", spec.handler);
  visit("description", spec.description);
  visit("identity", spec.identity);
  visit_values(visit, "environment", spec.environment);
  visit_values(visit, "tags", spec.tags);
}

void visit_texts(Is<StackEndpoint> auto& endpoint, auto& visit) {
  visit("function", endpoint.function);
  visit("method", endpoint.spec.method);
  visit("path", endpoint.spec.path);
  visit("stage", endpoint.spec.stage);
}

void visit_texts(Is<StackSchedule> auto& schedule, auto& visit) {
  visit("function", schedule.function);
  visit("name", schedule.spec.name);
  visit("cron", schedule.spec.cron);
  visit("time_zone", schedule.spec.time_zone);
  visit("input", schedule.spec.input);
}

void visit_texts(Is<BucketSpec> auto& spec, auto& visit) { visit("name", spec.name); }

struct Name {
  std::string_view operator()(const StackEndpoint& endpoint) const { return endpoint.function; }
  std::string_view operator()(const StackSchedule& schedule) const { return schedule.spec.name; }
  std::string_view operator()(const auto& named) const { return named.name; }
};

}  // namespace

void for_each_text(StackResource::Spec& spec, const TextVisitor& visit) {
  std::visit([&](auto& each) { visit_texts(each, visit); }, spec);
}

void for_each_text(const StackResource::Spec& spec,
                   const std::function<void(std::string_view, const std::string&)>& visit) {
  std::visit([&](const auto& each) { visit_texts(each, visit); }, spec);
}

std::string_view name_in(const StackResource::Spec& spec) { return std::visit(Name(), spec); }

bool may_be_secret(std::string_view type, std::string_view attribute) {
  const auto among = [&](const std::vector<std::string_view>& names) {
    return std::find(names.begin(), names.end(), attribute) != names.end();
  };
  if (among(stack_outputs(type)) || among({"force_destroy", "function", "name", "network"})) return false;
  // Of these an endpoint's URL is made.
  return type != "endpoint" || !among({"kind", "method", "path", "stage"});
}

const std::vector<std::string_view>& types() {
  static const auto* const types =
      new std::vector<std::string_view>{"firewall", "key", "instance", "function", "endpoint", "schedule", "bucket"};
  return *types;
}

}  // namespace stack

std::vector<std::string_view> stack_outputs(std::string_view type) {
  if (type == "firewall") return {"id", "name"};
  if (type == "key") return {"fingerprint", "name"};
  if (type == "instance") return {"dns_name", "id", "image", "name", "private_ip", "public_ip", "zone"};
  if (type == "function") return {"id", "name", "version"};
  if (type == "endpoint") return {"id", "url"};
  if (type == "schedule") return {"name"};
  if (type == "bucket") return {"name", "url"};
  return {};
}

}  // namespace cloudkit::inline v0

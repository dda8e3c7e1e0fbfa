#include "core/compute_rules.h"

#include <algorithm>

namespace cloudkit::inline v0::core {
namespace {

template <class T>
bool is_any_of(const T& value, const std::vector<T>& allowed) {
  return allowed.empty() || std::find(allowed.begin(), allowed.end(), value) != allowed.end();
}

}  // namespace

bool matches(const InstanceFilter& filter, const Instance& instance) {
  if (!filter.name.empty() && instance.name != filter.name) return false;
  if (!filter.token.empty() && instance.token != filter.token) return false;
  if (!is_any_of(instance.id, filter.ids) || !is_any_of(instance.state, filter.states)) return false;
  return std::all_of(filter.tags.begin(), filter.tags.end(), [&](const auto& tag) {
    const auto found = instance.tags.find(tag.first);
    return found != instance.tags.end() && found->second == tag.second;
  });
}

bool needs(const Instance& instance, std::string_view firewall) {
  const auto& used = instance.firewalls;
  return !is_gone(instance.state) && std::find(used.begin(), used.end(), firewall) != used.end();
}

FirewallRule everything_out() {
  FirewallRule rule;
  rule.direction = Direction::outbound;
  rule.protocol = Protocol::all;
  rule.cidrs = {"0.0.0.0/0"};
  return rule;
}

bool same_traffic(const FirewallRule& a, const FirewallRule& b) {
  FirewallRule without = a;
  without.description = b.description;
  return without == b;
}

}  // namespace cloudkit::inline v0::core

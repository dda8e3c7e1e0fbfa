#include "core/compute_rules.h"
#include "core/fail.h"
#include "memory/compute/driver.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::memory::compute {
namespace {

std::vector<FirewallRule>::iterator find_rule(std::vector<FirewallRule>& rules, const FirewallRule& wanted) {
  return std::find_if(rules.begin(), rules.end(),
                      [&](const FirewallRule& rule) { return core::same_traffic(rule, wanted); });
}

}  // namespace

Result<StoredFirewall*> MemoryComputeDriver::find_firewall(std::string_view id) {
  const auto found = store_.firewalls.find(id);
  if (found == store_.firewalls.end() || count_down(found->second.late_looks)) return no_such("firewall", id);
  return &found->second;
}

Result<Firewall> MemoryComputeDriver::create_firewall(const FirewallSpec& spec, const Context& context) {
  if (auto begun = begin(context); !begun) return begun.error();
  const std::scoped_lock lock(store_.mutex);
  const auto& networks = store_.options.networks;
  const std::string network = spec.network.empty() ? networks.front() : spec.network;
  if (std::find(networks.begin(), networks.end(), network) == networks.end()) return no_such("network", network);
  for (const auto& [id, firewall] : store_.firewalls) {
    if (firewall.info.name == spec.name && firewall.info.network == network) {
      return core::fail(ErrorCode::already_exists, fmt::format("there is a firewall {} already", spec.name));
    }
  }
  StoredFirewall firewall;
  firewall.late_looks = store_.faults.late_looks;
  firewall.info.id = store_.next_id("sg");
  firewall.info.name = spec.name;
  firewall.info.description = spec.description;
  firewall.info.network = network;
  firewall.info.tags = spec.tags;
  firewall.info.rules = {core::everything_out()};
  return store_.firewalls.emplace(firewall.info.id, firewall).first->second.info;
}

Result<Firewall> MemoryComputeDriver::get_firewall(std::string_view id, const Context& context) {
  if (auto begun = begin(context); !begun) return begun.error();
  const std::scoped_lock lock(store_.mutex);
  auto firewall = find_firewall(id);
  if (!firewall) return std::move(firewall).error();
  return (*firewall)->info;
}

Result<FirewallPage> MemoryComputeDriver::list_firewalls_page(std::string_view name, std::string_view network,
                                                              std::string_view page_token, const Context& context) {
  if (auto begun = begin(context); !begun) return begun.error();
  const std::scoped_lock lock(store_.mutex);
  if (!name.empty() && network.empty()) network = store_.options.networks.front();
  FirewallPage page;
  std::size_t looked_at = 0;
  auto next = store_.firewalls.upper_bound(page_token);
  for (; next != store_.firewalls.end() && looked_at < store_.page_size(); ++next, ++looked_at) {
    page.next_page_token = next->first;
    const Firewall& info = next->second.info;
    if (!name.empty() && info.name != name) continue;
    if (count_down(next->second.late_looks)) continue;
    if (network.empty() || info.network == network) page.firewalls.push_back(info);
  }
  if (next == store_.firewalls.end()) page.next_page_token.clear();
  return page;
}

Status MemoryComputeDriver::authorize_rules(std::string_view id, const std::vector<FirewallRule>& rules,
                                            const Context& context) {
  if (auto begun = begin(context); !begun) return begun;
  const std::scoped_lock lock(store_.mutex);
  auto firewall = find_firewall(id);
  if (!firewall) return std::move(firewall).error();
  for (const FirewallRule& rule : rules) {
    if (!rule.peer_firewall.empty() && !store_.firewalls.contains(rule.peer_firewall)) {
      return no_such("firewall", rule.peer_firewall);
    }
  }
  store_.rule_changes.push_back(fmt::format("authorize {} {}", id, rules.size()));
  auto& present = (*firewall)->info.rules;
  for (const FirewallRule& rule : rules) {
    if (find_rule(present, rule) == present.end()) present.push_back(rule);
  }
  return {};
}

Status MemoryComputeDriver::revoke_rules(std::string_view id, const std::vector<FirewallRule>& rules,
                                         const Context& context) {
  if (auto begun = begin(context); !begun) return begun;
  const std::scoped_lock lock(store_.mutex);
  auto firewall = find_firewall(id);
  if (!firewall) return std::move(firewall).error();
  store_.rule_changes.push_back(fmt::format("revoke {} {}", id, rules.size()));
  auto& present = (*firewall)->info.rules;
  for (const FirewallRule& rule : rules) {
    if (const auto found = find_rule(present, rule); found != present.end()) present.erase(found);
  }
  return {};
}

Status MemoryComputeDriver::destroy_firewall(std::string_view id, const Context& context) {
  if (auto begun = begin(context); !begun) return begun;
  const std::scoped_lock lock(store_.mutex);
  auto firewall = find_firewall(id);
  if (!firewall) return std::move(firewall).error();
  if ((*firewall)->info.name == "default") {
    return core::invalid_argument("a network's own firewall cannot be destroyed");
  }
  const bool used = std::any_of(store_.machines.begin(), store_.machines.end(), [&](const auto& entry) {
    const Instance& info = entry.second.info;
    return info.state != InstanceState::terminated &&
           std::find(info.firewalls.begin(), info.firewalls.end(), id) != info.firewalls.end();
  });
  const bool named = std::any_of(store_.firewalls.begin(), store_.firewalls.end(), [&](const auto& entry) {
    const Firewall& other = entry.second.info;
    return other.id != id && std::any_of(other.rules.begin(), other.rules.end(),
                                         [&](const FirewallRule& rule) { return rule.peer_firewall == id; });
  });
  if (used || named || count_down(store_.faults.busy_firewalls)) {
    return passing(ErrorCode::conflict, fmt::format("the firewall {} is still used", id));
  }
  store_.firewalls.erase(store_.firewalls.find(id));
  return {};
}

}  // namespace cloudkit::inline v0::memory::compute

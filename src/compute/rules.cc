#include "compute/rules.h"

#include "compute/cidr.h"
#include "core/compute_rules.h"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace cloudkit::inline v0::compute {
namespace {

// What makes two rules the same to a service. Of a canonical rule.
auto identity(const FirewallRule& rule) {
  return std::make_tuple(rule.direction, rule.protocol, rule.from, rule.to, rule.cidrs, rule.peer_firewall);
}
bool is_before(const FirewallRule& a, const FirewallRule& b) { return identity(a) < identity(b); }

// Of AWS: a list of addresses that has no name here.
// https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html
bool is_prefix_list(std::string_view peer) {
  return peer.starts_with("pl-") && peer.size() > 3 &&
         peer.find_first_not_of("0123456789abcdef", 3) == std::string_view::npos;
}

}  // namespace

Result<std::vector<FirewallRule>> with_peer_ids(std::vector<FirewallRule> rules,
                                                const std::function<Result<std::string>(const std::string&)>& id_of) {
  for (FirewallRule& rule : rules) {
    if (rule.peer_firewall.empty() || is_prefix_list(rule.peer_firewall)) continue;
    auto id = id_of(rule.peer_firewall);
    if (!id) return std::move(id).error();
    rule.peer_firewall = *std::move(id);
  }
  return rules;
}

std::vector<FirewallRule> canonical(const std::vector<FirewallRule>& rules) {
  std::vector<FirewallRule> split;
  for (const FirewallRule& rule : rules) {
    FirewallRule one = rule;
    // Of protocols without ports a service may say otherwise.
    if (rule.protocol == Protocol::icmp || rule.protocol == Protocol::all) one.from = one.to = 0;
    one.cidrs.clear();
    if (!rule.peer_firewall.empty()) split.push_back(one);
    one.peer_firewall.clear();
    for (const std::string& cidr : rule.cidrs) {
      one.cidrs = {parse_cidr(cidr).value_or(cidr)};
      split.push_back(one);
    }
  }
  std::stable_sort(split.begin(), split.end(), is_before);
  split.erase(std::unique(split.begin(), split.end(), core::same_traffic), split.end());
  return split;
}

RuleChange difference(const std::vector<FirewallRule>& present, const std::vector<FirewallRule>& wanted) {
  RuleChange change;
  std::set_difference(wanted.begin(), wanted.end(), present.begin(), present.end(), std::back_inserter(change.missing),
                      is_before);
  std::set_difference(present.begin(), present.end(), wanted.begin(), wanted.end(), std::back_inserter(change.unwanted),
                      is_before);
  return change;
}

std::vector<FirewallRule> out_by_ipv6(const std::vector<FirewallRule>& present) {
  FirewallRule out = core::everything_out();
  out.cidrs = {"::/0"};
  std::vector<FirewallRule> found = canonical(present);
  std::erase_if(found, [&](const FirewallRule& rule) { return !core::same_traffic(rule, out); });
  return found;
}

std::vector<FirewallRule> changed(const std::vector<FirewallRule>& present, const RuleChange& change) {
  std::vector<FirewallRule> kept;
  std::set_difference(present.begin(), present.end(), change.unwanted.begin(), change.unwanted.end(),
                      std::back_inserter(kept), is_before);
  std::vector<FirewallRule> all;
  std::merge(kept.begin(), kept.end(), change.missing.begin(), change.missing.end(), std::back_inserter(all),
             is_before);
  return all;
}

}  // namespace cloudkit::inline v0::compute

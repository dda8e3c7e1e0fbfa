#pragma once

#include <cloudkit/compute_types.h>
#include <cloudkit/result.h>

#include <functional>
#include <string>
#include <vector>

namespace cloudkit::inline v0::compute {

/// One rule for each CIDR and each peer, in an order of their own, each once. What lies behind a rule's identity, its
/// description, does not count.
std::vector<FirewallRule> canonical(const std::vector<FirewallRule>& rules);

/// Peers by their ids, which `id_of` finds: all but AWS's lists of addresses, which are one.
Result<std::vector<FirewallRule>> with_peer_ids(std::vector<FirewallRule> rules,
                                                const std::function<Result<std::string>(const std::string&)>& id_of);

struct RuleChange {
  std::vector<FirewallRule> missing = {};
  std::vector<FirewallRule> unwanted = {};
};
/// What makes `wanted` of `present`, both canonical.
RuleChange difference(const std::vector<FirewallRule>& present, const std::vector<FirewallRule>& wanted);

/// The rule that lets all of IPv6 out, where it is among them: AWS adds it to a new firewall of a network that has
/// IPv6, and with `allow_all_outbound` it stays.
/// https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
std::vector<FirewallRule> out_by_ipv6(const std::vector<FirewallRule>& present);

/// Of the canonical `present` after the change.
std::vector<FirewallRule> changed(const std::vector<FirewallRule>& present, const RuleChange& change);

}  // namespace cloudkit::inline v0::compute

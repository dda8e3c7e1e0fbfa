#pragma once

#include <cloudkit/compute_types.h>

#include <string_view>

/// What every backend of machines understands alike.
namespace cloudkit::inline v0::core {

/// Whether the filter lets the machine through.
bool matches(const InstanceFilter& filter, const Instance& instance);

/// Nothing brings it back, though it may be listed for a while.
constexpr bool is_gone(InstanceState state) {
  return state == InstanceState::terminating || state == InstanceState::terminated;
}

/// Whether the machine keeps a firewall, by its id, from being destroyed: one that goes lets go of it soon.
bool needs(const Instance& instance, std::string_view firewall);

/// Lets all of IPv4 out: what a new firewall begins with.
/// https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
FirewallRule everything_out();

/// Descriptions tell no rules apart.
bool same_traffic(const FirewallRule& a, const FirewallRule& b);

}  // namespace cloudkit::inline v0::core

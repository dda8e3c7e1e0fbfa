#pragma once

#include "compute/service.h"

#include <string>
#include <string_view>
#include <vector>

/// Firewalls, checked already. `network` is empty for the default one.
namespace cloudkit::inline v0::compute {

/// By id, or by name in the network.
Result<Firewall> find_firewall(const Service& service, std::string_view firewall, std::string_view network,
                               const Context& context);
/// The same, without a look at what is an id for sure.
Result<std::string> firewall_id(const Service& service, std::string_view firewall, std::string_view network,
                                const Context& context);
Result<std::vector<Firewall>> list_firewalls(const Service& service, std::string_view name, std::string_view network,
                                             const Context& context);

Result<Firewall> ensure_firewall(const Service& service, const FirewallSpec& spec, const Context& context);
/// Errors say what was done: rules are added before others are taken away.
Status set_rules(const Service& service, std::string_view firewall, const std::vector<FirewallRule>& rules,
                 const Context& context);
Status destroy_firewall(const Service& service, std::string_view firewall, Duration limit, const Context& context);

}  // namespace cloudkit::inline v0::compute

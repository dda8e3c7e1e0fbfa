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
/// Each network's own one is `invalid_argument`.
Status destroy_firewall(const Service& service, const Firewall& firewall, Duration limit, const Context& context);

// ---- Of this component

/// Of AWS; a firewall's name cannot begin so.
bool is_surely_id(std::string_view firewall);
/// In the table of what was just made: by name, too, a firewall is found late.
std::string firewall_subject(std::string_view name, std::string_view network);
/// By its id alone: what is called like another one's id is not meant.
Result<Firewall> get_firewall(const Service& service, std::string_view id, const Context& context);
Status authorize(const Service& service, const Firewall& firewall, const std::vector<FirewallRule>& rules,
                 const Context& context);
Status revoke(const Service& service, const std::string& id, const std::vector<FirewallRule>& rules,
              const Context& context);

}  // namespace cloudkit::inline v0::compute

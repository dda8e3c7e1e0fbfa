#include "compute/firewalls.h"

#include "compute/pages.h"
#include "compute/rules.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::compute {
namespace {

// Of AWS; a firewall's name cannot begin so.
bool is_surely_id(std::string_view firewall) { return firewall.starts_with("sg-"); }

// For the table of what was just made: by name, too, a firewall is found late.
std::string by_name(std::string_view name, std::string_view network) {
  return fmt::format("firewall {} of {}", name, network);
}

Error no_firewall(std::string_view name, std::string_view network) {
  return core::fail(ErrorCode::not_found,
                    fmt::format("there is no firewall \"{}\" in {}", name,
                                network.empty() ? "the default network" : fmt::format("the network {}", network)),
                    network.empty() ? "in another network a firewall is named by its id" : "");
}

Result<Firewall> get_firewall(const Service& service, std::string_view id, const Context& context) {
  Patience patience(service, context, id);
  return insist(patience, [&] { return service.driver->get_firewall(id, context); });
}

// Errors: `not_found`; `conflict`: several.
Result<Firewall> look_by_name(const Service& service, std::string_view name, std::string_view network,
                              const Context& context) {
  auto found = list_firewalls(service, name, network, context);
  if (!found) return std::move(found).error();
  if (found->empty()) return no_firewall(name, network);
  if (found->size() == 1) return std::move(found->front());
  return core::fail(ErrorCode::conflict, fmt::format("{} firewalls have the name \"{}\"", found->size(), name),
                    "name the one that is meant by its id");
}

// Peers by their ids.
Result<std::vector<FirewallRule>> with_peer_ids(const Service& service, std::vector<FirewallRule> rules,
                                                std::string_view network, std::string_view own_name,
                                                const Context& context) {
  for (FirewallRule& rule : rules) {
    if (rule.peer_firewall.empty() || rule.peer_firewall == own_name) continue;
    auto id = firewall_id(service, rule.peer_firewall, network, context);
    if (!id) return std::move(id).error();
    rule.peer_firewall = *std::move(id);
  }
  return rules;
}

// Adds before it takes away, so that what both let through is never cut off.
Result<Firewall> make_rules(const Service& service, Firewall firewall, const std::vector<FirewallRule>& wanted,
                            const Context& context) {
  firewall.rules = canonical(firewall.rules);
  const RuleChange change = difference(firewall.rules, canonical(wanted));
  if (!change.missing.empty()) {
    Patience patience(service, context, firewall.id);
    auto added =
        insist(patience, [&] { return service.driver->authorize_rules(firewall.id, change.missing, context); });
    if (!added) return std::move(added).error();
  }
  if (!change.unwanted.empty()) {
    Patience patience(service, context, firewall.id);
    auto taken = insist(patience, [&] { return service.driver->revoke_rules(firewall.id, change.unwanted, context); });
    if (!taken) return std::move(taken).error();
  }
  firewall.rules = changed(firewall.rules, change);
  return firewall;
}

// As it is, with the rules that the service gave it.
Result<Firewall> make(const Service& service, const FirewallSpec& spec, const Context& context) {
  Patience patience(service, context);
  auto made = insist(patience, [&] { return service.driver->create_firewall(spec, context); });
  if (!made) return made;
  service.recent.add(made->id, service.hooks.now());
  service.recent.add(by_name(spec.name, spec.network), service.hooks.now());
  return get_firewall(service, made->id, context);
}

Result<Firewall> find_or_make(const Service& service, const FirewallSpec& spec, const Context& context) {
  auto found = look_by_name(service, spec.name, spec.network, context);
  if (found || found.error().code != ErrorCode::not_found) return found;
  auto made = make(service, spec, context);
  if (made || made.error().code != ErrorCode::already_exists) return made;
  // Somebody was faster, or it is seen late.
  const Pacing pacing(service.timer(), context, kPropagationLimit, kFirstLook, kSlowestTry);
  return look_until(pacing, [&](std::string& last) -> Result<std::optional<Firewall>> {
    last = "is said to exist, and is not to be seen";
    auto seen = look_by_name(service, spec.name, spec.network, context);
    if (seen) return std::optional(*std::move(seen));
    if (seen.error().code == ErrorCode::not_found) return std::optional<Firewall>();
    return std::move(seen).error();
  });
}

// Rules of other firewalls that name this one would keep it for ever.
Status revoke_references(const Service& service, const std::string& id, const Context& context) {
  auto all = list_firewalls(service, {}, {}, context);
  if (!all) return std::move(all).error();
  for (const Firewall& other : *all) {
    if (other.id == id) continue;
    std::vector<FirewallRule> references = canonical(other.rules);
    std::erase_if(references, [&](const FirewallRule& rule) { return rule.peer_firewall != id; });
    if (references.empty()) continue;
    Patience patience(service, context, other.id);
    const auto taken = insist(patience, [&] { return service.driver->revoke_rules(other.id, references, context); });
    if (!taken && taken.error().code != ErrorCode::not_found) return taken;
  }
  return {};
}

}  // namespace

Result<std::vector<Firewall>> list_firewalls(const Service& service, std::string_view name, std::string_view network,
                                             const Context& context) {
  return all_pages<Firewall>(service, context, &FirewallPage::firewalls, [&](std::string_view token) {
    return service.driver->list_firewalls_page(name, network, token, context);
  });
}

Result<Firewall> find_firewall(const Service& service, std::string_view firewall, std::string_view network,
                               const Context& context) {
  if (is_surely_id(firewall)) return get_firewall(service, firewall, context);
  Patience patience(service, context, by_name(firewall, network));
  return insist(patience, [&]() -> Result<Firewall> {
    auto named = look_by_name(service, firewall, network, context);
    if (named || named.error().code != ErrorCode::not_found) return named;
    // Other backends have ids of their own form.
    auto by_id = service.driver->get_firewall(firewall, context);
    const bool none =
        !by_id && (by_id.error().code == ErrorCode::not_found || by_id.error().code == ErrorCode::invalid_argument);
    return none ? named : by_id;
  });
}

Result<std::string> firewall_id(const Service& service, std::string_view firewall, std::string_view network,
                                const Context& context) {
  if (is_surely_id(firewall)) return std::string(firewall);
  auto found = find_firewall(service, firewall, network, context);
  if (!found) return std::move(found).error();
  return std::move(found->id);
}

Result<Firewall> ensure_firewall(const Service& service, const FirewallSpec& spec, const Context& context) {
  // Before anything is made: a peer that is missing is the caller's mistake.
  auto rules = with_peer_ids(service, spec.rules, spec.network, spec.name, context);
  if (!rules) return std::move(rules).error();
  if (spec.allow_all_outbound) rules->push_back(everything_out());
  auto firewall = find_or_make(service, spec, context);
  if (!firewall) return firewall;
  for (FirewallRule& rule : *rules) {
    if (rule.peer_firewall == spec.name) rule.peer_firewall = firewall->id;
  }
  return make_rules(service, *std::move(firewall), *rules, context);
}

Status set_rules(const Service& service, std::string_view firewall, const std::vector<FirewallRule>& rules,
                 const Context& context) {
  auto found = find_firewall(service, firewall, {}, context);
  if (!found) return std::move(found).error();
  auto wanted = with_peer_ids(service, rules, found->network, {}, context);
  if (!wanted) return std::move(wanted).error();
  auto made = make_rules(service, *std::move(found), *wanted, context);
  return made ? Status() : Status(std::move(made).error());
}

Status destroy_firewall(const Service& service, std::string_view firewall, Duration limit, const Context& context) {
  auto found = find_firewall(service, firewall, {}, context);
  if (!found && found.error().code == ErrorCode::not_found) return {};
  if (!found) return std::move(found).error();
  if (auto taken = revoke_references(service, found->id, context); !taken) return taken;
  Patience patience(service, context, found->id, limit);
  auto done = insist(patience, [&] { return service.driver->destroy_firewall(found->id, context); });
  if (!done && done.error().code != ErrorCode::not_found) return done;
  service.recent.forget(found->id);
  service.recent.forget(by_name(found->name, {}));
  service.recent.forget(by_name(found->name, found->network));
  return {};
}

}  // namespace cloudkit::inline v0::compute

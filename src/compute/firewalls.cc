#include "compute/firewalls.h"

#include "compute/pages.h"
#include "compute/rules.h"
#include "core/compute_rules.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/without_value.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::compute {
namespace {

Error no_firewall(std::string_view name, std::string_view network) {
  return core::fail(ErrorCode::not_found,
                    fmt::format("there is no firewall \"{}\" in {}", name,
                                network.empty() ? "the default network" : fmt::format("the network {}", network)),
                    network.empty() ? "make it by ensure_firewall or a stack; one of another network is named by its id"
                                    : "make it by ensure_firewall or a stack");
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

// What no rule of ours says stays, so the rules would not be those that were wanted.
Error has_other_rules(const Firewall& firewall) {
  std::string listed;
  for (const std::string& rule : firewall.other_rules) core::append_listed(listed, '"' + rule + '"');
  return core::unsupported(
      fmt::format("the firewall {} also lets through what a FirewallRule cannot say: {}", firewall.id, listed),
      "nothing was changed: take that away with the service's own tools first, or leave this firewall to them");
}

Error while_adding(Error error, std::size_t unwanted) {
  // A quota is told so, too.
  if (error.code != ErrorCode::permission_denied || unwanted == 0) return error;
  error.hint += fmt::format(
      "{}rules are added before the {} that are not wanted go: where a quota of rules is the reason, take those away "
      "by a set_rules of their own first",
      error.hint.empty() ? "" : "; ", unwanted);
  return error;
}

// It itself, and its rules' peers.
std::vector<std::string> subjects_of(const Firewall& firewall, const std::vector<FirewallRule>& rules) {
  std::vector<std::string> subjects = {firewall.id};
  for (const FirewallRule& rule : rules) {
    if (!rule.peer_firewall.empty()) subjects.push_back(rule.peer_firewall);
  }
  return subjects;
}

// Adds before it takes away, so that what both let through is never cut off.
Result<Firewall> make_rules(const Service& service, Firewall firewall, const std::vector<FirewallRule>& wanted,
                            const Context& context) {
  if (!firewall.other_rules.empty()) return has_other_rules(firewall);
  firewall.rules = canonical(firewall.rules);
  const RuleChange change = difference(firewall.rules, canonical(wanted));
  if (!change.missing.empty()) {
    auto added = authorize(service, firewall, change.missing, context);
    if (!added) return while_adding(std::move(added).error(), change.unwanted.size());
  }
  if (!change.unwanted.empty()) {
    if (auto taken = revoke(service, firewall.id, change.unwanted, context); !taken) return std::move(taken).error();
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
  service.recent.add(firewall_subject(spec.name, spec.network), service.hooks.now());
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

}  // namespace

bool is_surely_id(std::string_view firewall) { return firewall.starts_with("sg-"); }

std::string firewall_subject(std::string_view name, std::string_view network) {
  return fmt::format("firewall {} of {}", name, network);
}

Result<Firewall> get_firewall(const Service& service, std::string_view id, const Context& context) {
  Patience patience(service, context, id);
  return insist(patience, [&] { return look_by([&] { return service.driver->get_firewall(id, context); }); });
}

Status authorize(const Service& service, const Firewall& firewall, const std::vector<FirewallRule>& rules,
                 const Context& context) {
  Patience patience(service, context, subjects_of(firewall, rules));
  return insist(patience, [&] { return service.driver->authorize_rules(firewall.id, rules, context); });
}

Status revoke(const Service& service, const std::string& id, const std::vector<FirewallRule>& rules,
              const Context& context) {
  Patience patience(service, context, id);
  return insist(patience, [&] { return service.driver->revoke_rules(id, rules, context); });
}

Result<std::vector<Firewall>> list_firewalls(const Service& service, std::string_view name, std::string_view network,
                                             const Context& context) {
  return all_pages<Firewall>(service, context, &FirewallPage::firewalls, [&](std::string_view token) {
    return service.driver->list_firewalls_page(name, network, token, context);
  });
}

Result<Firewall> find_firewall(const Service& service, std::string_view firewall, std::string_view network,
                               const Context& context) {
  if (is_surely_id(firewall)) return get_firewall(service, firewall, context);
  Patience patience(service, context, firewall_subject(firewall, network));
  return insist(patience, [&]() -> Result<Firewall> {
    auto named = look_by_name(service, firewall, network, context);
    if (named || named.error().code != ErrorCode::not_found) return named;
    // Other backends have ids of their own form.
    auto by_id = look_by([&] { return service.driver->get_firewall(firewall, context); });
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
  auto rules = with_peer_ids(spec.rules, [&](const std::string& peer) -> Result<std::string> {
    return peer == spec.name ? peer : firewall_id(service, peer, spec.network, context);
  });
  if (!rules) return std::move(rules).error();
  if (spec.allow_all_outbound) rules->push_back(core::everything_out());
  auto firewall = find_or_make(service, spec, context);
  if (!firewall) return firewall;
  if (spec.allow_all_outbound) {
    for (FirewallRule& rule : out_by_ipv6(firewall->rules)) rules->push_back(std::move(rule));
  }
  for (FirewallRule& rule : *rules) {
    if (rule.peer_firewall == spec.name) rule.peer_firewall = firewall->id;
  }
  return make_rules(service, *std::move(firewall), *rules, context);
}

Status set_rules(const Service& service, std::string_view firewall, const std::vector<FirewallRule>& rules,
                 const Context& context) {
  auto found = find_firewall(service, firewall, {}, context);
  if (!found) return std::move(found).error();
  auto wanted = with_peer_ids(
      rules, [&](const std::string& peer) { return firewall_id(service, peer, found->network, context); });
  if (!wanted) return std::move(wanted).error();
  return core::without_value(make_rules(service, *std::move(found), *wanted, context));
}

}  // namespace cloudkit::inline v0::compute

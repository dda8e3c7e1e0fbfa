#include "compute/checks.h"
#include "compute/rules.h"
#include "core/compute_rules.h"
#include "core/fail.h"
#include "stack/kind.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::stack {
namespace {

class FirewallKind : public Kind {
 public:
  Service service() const override { return Service::compute; }

  Status check(const Site& site, const StackResource::Spec& spec) const override {
    auto compute = compute_of(site.providers);
    if (!compute) return std::move(compute).error();
    return compute::check_firewall(std::get<FirewallSpec>(spec), (*compute)->capabilities());
  }

  Result<std::optional<Found>> look(const Site& site, const std::string& address, const Entry& entry,
                                    const Secrets&) const override {
    if (!entry.id.empty()) return by_id(site, entry.id, entry.inputs);
    auto found = by_name(site, text_in(entry.inputs, "name"), text_in(entry.inputs, "network"));
    if (!found) return std::move(found).error();
    if (!*found || !is_own(site, address, **found)) return std::optional<Found>();
    return described(site, **found, entry.inputs).map([](Found each) { return std::optional(std::move(each)); });
  }

  Status refuse_others(const Site& site, const Target& target) const override {
    const auto& spec = std::get<FirewallSpec>(target.spec);
    auto found = by_name(site, spec.name, spec.network);
    if (!found) return std::move(found).error();
    // Without tags nothing tells whose it is, and before the making is written down it is not ours.
    if (!*found || has_own_tags(site, target.address, (*found)->tags)) return {};
    return belongs_to_others(target, fmt::format("a firewall \"{}\"", spec.name), (*found)->id);
  }

  Result<Found> make(const Site& site, const Target& target, const Making&) const override {
    const bool has_tags = (*compute_of(site.providers))->capabilities().tags;
    if (auto ours = has_tags ? refuse_others(site, target) : Status(); !ours) return std::move(ours).error();
    FirewallSpec spec = std::get<FirewallSpec>(target.spec);
    if (has_tags) spec.tags.merge(own_tags(site, target.address));
    ComputeCallOptions options;
    options.context = site.context;
    auto made = (*compute_of(site.providers))->ensure_firewall(spec, options);
    if (!made) return std::move(made).error();
    return described(site, *made, attributes_of(target.spec, target.secrets, {}));
  }

  Result<Found> change(const Site& site, const Target& target, const Entry& entry) const override {
    const auto& spec = std::get<FirewallSpec>(target.spec);
    const Compute& compute = **compute_of(site.providers);
    ComputeCallOptions options;
    options.context = site.context;
    // By its id: it may have been imported from another network than the default one.
    std::vector<FirewallRule> rules = rules_of(spec);
    if (spec.allow_all_outbound) {
      auto present = compute.get_firewall(entry.id, options);
      if (!present) return std::move(present).error();
      for (FirewallRule& rule : compute::out_by_ipv6(present->rules)) {
        if (!declares(entry.inputs, rule)) rules.push_back(std::move(rule));
      }
    }
    const Attributes inputs = attributes_of(target.spec, target.secrets, {});
    if (inputs.contains(kRuleDescriptions) || entry.inputs.contains(kRuleDescriptions)) {
      if (auto undone = take_redescribed(site, entry.id, rules); !undone) return std::move(undone).error();
    }
    if (auto set = compute.set_rules(entry.id, rules, options); !set) return std::move(set).error();
    if (auto tagged = change_tags(site, target.address, entry, spec.tags); !tagged) return std::move(tagged).error();
    auto found = compute.get_firewall(entry.id, options);
    if (!found) return std::move(found).error();
    return described(site, *found, inputs);
  }

  Status remove(const Site& site, const Entry& entry) const override {
    WaitInstanceOptions options;
    options.wait_limit = site.wait_limit;
    options.context = site.context;
    auto compute = compute_of(site.providers);
    if (!compute) return std::move(compute).error();
    return (*compute)->destroy_firewall(entry.id, options);
  }

  Result<Found> import(const Site& site, const Target& target, const std::string& id) const override {
    ComputeCallOptions options;
    options.context = site.context;
    auto found = (*compute_of(site.providers))->get_firewall(id, options);
    if (!found) return std::move(found).error();
    auto whole = described(site, *found, attributes_of(target.spec, target.secrets, {}));
    if (!whole) return whole;
    whole->stack_tag = stack_tag_in(found->tags);
    whole->facts["name"] = json_of(found->name);
    whole->facts["description"] = json_of(found->description);
    for (const auto& [name, value] : found->tags) whole->facts["tags." + name] = json_of(value);
    return whole;
  }

  Result<Attributes> expected(const Site& site, const Target& target) const override {
    Attributes all = attributes_of(target.spec, target.secrets, {});
    all.erase("network");
    const auto& spec = std::get<FirewallSpec>(target.spec);
    auto rules = with_peers_in(site, spec.network, rules_of(spec));
    if (!rules) return std::move(rules).error();
    all["rules"] = rules_json(*rules);
    if (all.erase(kRuleDescriptions) != 0) add_rule_descriptions(all, *rules);
    return all;
  }

 private:
  static std::vector<FirewallRule> rules_of(const FirewallSpec& spec) {
    std::vector<FirewallRule> rules = spec.rules;
    if (spec.allow_all_outbound) rules.push_back(core::everything_out());
    return rules;
  }

  // What was declared goes when it is not any more; what AWS has added stays.
  static bool declares(const Attributes& inputs, const FirewallRule& rule) {
    const auto rules = inputs.find("rules");
    const std::string one = rules_json({rule});
    return rules != inputs.end() && rules->second.find(one.substr(1, one.size() - 2)) != std::string::npos;
  }

  static bool is_own(const Site& site, const std::string& address, const Firewall& firewall) {
    return has_own_tags(site, address, firewall.tags) || !(*compute_of(site.providers))->capabilities().tags;
  }

  static Result<std::optional<Found>> by_id(const Site& site, const std::string& id, const Attributes& inputs) {
    auto compute = compute_of(site.providers);
    if (!compute) return std::move(compute).error();
    ComputeCallOptions options;
    options.context = site.context;
    auto found = (*compute)->get_firewall(id, options);
    if (!found && found.error().code == ErrorCode::not_found) return std::optional<Found>();
    if (!found) return std::move(found).error();
    return described(site, *found, inputs).map([](Found each) { return std::optional(std::move(each)); });
  }

  static Result<std::optional<Firewall>> by_name(const Site& site, const std::string& name,
                                                 const std::string& network) {
    auto compute = compute_of(site.providers);
    if (!compute) return std::move(compute).error();
    ComputeCallOptions options;
    options.context = site.context;
    if (network.empty()) {
      auto found = (*compute)->get_firewall(name, options);
      if (found) return std::optional(*std::move(found));
      if (found.error().code == ErrorCode::not_found) return std::optional<Firewall>();
      return std::move(found).error();
    }
    auto all = (*compute)->list_firewalls(options);
    if (!all) return std::move(all).error();
    for (Firewall& each : *all) {
      if (each.name == name && each.network == network) return std::optional(std::move(each));
    }
    return std::optional<Firewall>();
  }

  // Facts are what can be changed, and what other rules it has, which nothing here can take away.
  static Result<Found> described(const Site&, const Firewall& firewall, const Attributes& inputs) {
    Found found;
    found.id = firewall.id;
    found.facts["rules"] = rules_json(firewall.rules);
    if (inputs.contains(kRuleDescriptions)) add_rule_descriptions(found.facts, firewall.rules);
    if (!firewall.other_rules.empty()) found.facts["other_rules"] = json_of(firewall.other_rules);
    for (const auto& [name, value] : firewall.tags) {
      if (inputs.contains("tags." + name)) found.facts["tags." + name] = json_of(value);
    }
    found.outputs = {{"id", firewall.id}, {"name", firewall.name}};
    return found;
  }

  // To a service a rule is its traffic: one with another description is there already. So it goes, and is made anew.
  static Status take_redescribed(const Site& site, const std::string& id, const std::vector<FirewallRule>& wanted) {
    ComputeCallOptions options;
    options.context = site.context;
    const Compute& compute = **compute_of(site.providers);
    auto found = compute.get_firewall(id, options);
    if (!found) return std::move(found).error();
    auto named = with_peers_in(site, found->network, wanted);
    if (!named) return std::move(named).error();
    std::vector<FirewallRule> kept = compute::canonical(found->rules);
    const std::vector<FirewallRule> rules = compute::canonical(*named);
    const std::size_t redescribed = std::erase_if(kept, [&](const FirewallRule& rule) {
      return std::any_of(rules.begin(), rules.end(), [&](const FirewallRule& other) {
        return core::same_traffic(rule, other) && rule.description != other.description;
      });
    });
    return redescribed == 0 ? Status() : compute.set_rules(id, kept, options);
  }

  static Result<std::vector<FirewallRule>> with_peers_in(const Site& site, const std::string& network,
                                                         std::vector<FirewallRule> rules) {
    return compute::with_peer_ids(std::move(rules), [&](const std::string& peer) -> Result<std::string> {
      auto named = by_name(site, peer, network);
      if (!named) return std::move(named).error();
      if (*named) return (*named)->id;
      // It is named by its id, or missing, which is said of it then.
      ComputeCallOptions options;
      options.context = site.context;
      auto found = (*compute_of(site.providers))->get_firewall(peer, options);
      if (!found) return std::move(found).error();
      return std::move(found->id);
    });
  }
};

}  // namespace

const Kind& firewall_kind() {
  static const auto* const kind = new FirewallKind;
  return *kind;
}

}  // namespace cloudkit::inline v0::stack

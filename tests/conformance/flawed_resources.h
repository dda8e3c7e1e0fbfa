#pragma once

#include "support/forwarding_compute.h"

#include <set>
#include <string>
#include <vector>

/// As flawed_compute.h: backends with one flaw each, in what they do with firewalls, keys, images and volumes.
namespace flawed {

using namespace cloudkit;

// --- Firewalls ---

/// Changes the rules that are told.
template <auto change>
struct ChangesRules : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Result<Firewall> get_firewall(std::string_view id, const Context& context) override {
    auto firewall = inner_->get_firewall(id, context);
    if (firewall) change(firewall->rules);
    return firewall;
  }
  Result<FirewallPage> list_firewalls_page(std::string_view name, std::string_view network, std::string_view page_token,
                                           const Context& context) override {
    auto page = inner_->list_firewalls_page(name, network, page_token, context);
    if (!page) return page;
    for (Firewall& firewall : page->firewalls) change(firewall.rules);
    return page;
  }
};
inline constexpr auto kInboundOnly = [](std::vector<FirewallRule>& rules) {
  std::erase_if(rules, [](const FirewallRule& rule) { return rule.direction == Direction::outbound; });
};
inline constexpr auto kNoIpv6 = [](std::vector<FirewallRule>& rules) {
  std::erase_if(rules, [](const FirewallRule& rule) {
    return !rule.cidrs.empty() && rule.cidrs[0].find(':') != rule.cidrs[0].npos;
  });
};
inline constexpr auto kNoPeers = [](std::vector<FirewallRule>& rules) {
  std::erase_if(rules, [](const FirewallRule& rule) { return !rule.peer_firewall.empty(); });
};
inline constexpr auto kOtherPorts = [](std::vector<FirewallRule>& rules) {
  for (FirewallRule& rule : rules) ++rule.to;
};
inline constexpr auto kAllTwice = [](std::vector<FirewallRule>& rules) {
  const auto again = rules;
  rules.insert(rules.end(), again.begin(), again.end());
};

struct RevokesNothing : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Status revoke_rules(std::string_view, const Rules&, const Context&) override { return {}; }
};
struct RevokesAll : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Status revoke_rules(std::string_view id, const Rules&, const Context& context) override {
    auto firewall = inner_->get_firewall(id, context);
    return inner_->revoke_rules(id, firewall->rules, context);
  }
};
struct AuthorizesNothing : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Status authorize_rules(std::string_view, const Rules&, const Context&) override { return {}; }
};
/// Each rule by a request of its own.
struct AuthorizesOneByOne : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Status authorize_rules(std::string_view id, const Rules& rules, const Context& context) override {
    for (const FirewallRule& rule : rules) {
      if (auto done = inner_->authorize_rules(id, {rule}, context); !done) return done;
      if (auto done = inner_->authorize_rules(id, {rule}, context); !done) return done;
    }
    return {};
  }
};
/// Refuses what is there already, also within one request.
struct DuplicatesAreErrors : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Status authorize_rules(std::string_view id, const Rules& rules, const Context& context) override {
    for (const FirewallRule& rule : rules) {
      if (!seen_.insert(rule.cidrs.empty() ? rule.peer_firewall : rule.cidrs[0]).second) {
        return Error(ErrorCode::already_exists, "the rule is there already");
      }
    }
    return inner_->authorize_rules(id, rules, context);
  }
  std::set<std::string> seen_;
};
/// Looks at the name only, whatever network is asked for.
struct OneNetwork : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Result<FirewallPage> list_firewalls_page(std::string_view name, std::string_view, std::string_view page_token,
                                           const Context& context) override {
    return inner_->list_firewalls_page(name, {}, page_token, context);
  }
};
/// Never finds by the name what it has.
struct NoNames : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Result<FirewallPage> list_firewalls_page(std::string_view name, std::string_view network, std::string_view page_token,
                                           const Context& context) override {
    if (!name.empty()) return FirewallPage();
    return inner_->list_firewalls_page(name, network, page_token, context);
  }
};
/// What is used is an error that will not pass; or goes all the same.
struct InUseIsFinal : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Status destroy_firewall(std::string_view id, const Context& context) override {
    auto done = inner_->destroy_firewall(id, context);
    if (!done) done.error().retryable = false;
    return done;
  }
};
/// What cannot be destroyed is let go by those that name it all the same.
struct LosesRulesOfOthers : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Status destroy_firewall(std::string_view id, const Context& context) override {
    auto all = inner_->list_firewalls_page({}, {}, {}, context);
    auto done = inner_->destroy_firewall(id, context);
    for (; !done && all; all = inner_->list_firewalls_page({}, {}, all->next_page_token, context)) {
      for (const Firewall& other : all->firewalls) {
        std::vector<FirewallRule> rules = other.rules;
        std::erase_if(rules, [&](const FirewallRule& rule) { return rule.peer_firewall != id; });
        if (other.id != id) (void)inner_->revoke_rules(other.id, rules, context);
      }
      if (all->next_page_token.empty()) break;
    }
    return done;
  }
};

// --- Keys, images, volumes ---

struct DestroysNoKeys : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Status destroy_key(std::string_view, const Context&) override { return {}; }
};
struct SameFingerprints : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Result<std::vector<KeyPair>> list_keys(const Context& context) override {
    auto keys = inner_->list_keys(context);
    if (keys) {
      for (KeyPair& key : *keys) key.fingerprint = "no fingerprint";
    }
    return keys;
  }
};
struct TakesEveryAlias : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Result<Image> resolve_image(std::string_view image, const Context&) override {
    return Image{std::string(image), "", ""};
  }
};
struct ListsNoAliases : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Result<Image> resolve_image(std::string_view image, const Context& context) override {
    auto found = inner_->resolve_image(image, context);
    if (!found) found.error().hint.clear();
    return found;
  }
};
struct AttachesNothing : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Result<Volume> get_volume(std::string_view id, const Context& context) override {
    auto volume = inner_->get_volume(id, context);
    if (volume) volume->instance.clear();
    return volume;
  }
};
struct KeepsVolumes : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Status destroy_volume(std::string_view volume, const Context& context) override {
    auto found = inner_->get_volume(volume, context);
    if (found && found->state == VolumeState::in_use) return inner_->destroy_volume(volume, context);
    return {};
  }
};
struct VolumesAreNeverReady : ForwardingCompute {
  using ForwardingCompute::ForwardingCompute;
  Result<Volume> get_volume(std::string_view id, const Context& context) override {
    auto volume = inner_->get_volume(id, context);
    if (volume) volume->state = VolumeState::creating;
    return volume;
  }
};

}  // namespace flawed

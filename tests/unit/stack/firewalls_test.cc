#include "specs.h"
#include "support/forwarding_compute.h"
#include "support/quiet_log.h"
#include "support/stack_cases.h"

#include <doctest/doctest.h>

#include <algorithm>

// Firewalls whose rules' peers have other names than ids of the default network.
using namespace cloudkit;
using namespace ::test::stacks;
using ::test::MemoryCloud;
using ::test::StackCloud;

namespace {

/// Of one firewall: lets rules be for lists of addresses, as AWS does.
class WithPrefixLists final : public ForwardingCompute {
 public:
  using ForwardingCompute::ForwardingCompute;
  Result<Firewall> get_firewall(std::string_view id, const Context& context) override {
    auto found = inner_->get_firewall(id, context);
    if (found) found->rules.insert(found->rules.end(), lists_.begin(), lists_.end());
    return found;
  }
  Result<FirewallPage> list_firewalls_page(std::string_view name, std::string_view network, std::string_view page_token,
                                           const Context& context) override {
    auto page = inner_->list_firewalls_page(name, network, page_token, context);
    if (!page) return page;
    for (Firewall& each : page->firewalls) {
      if (each.name != "default") each.rules.insert(each.rules.end(), lists_.begin(), lists_.end());
    }
    return page;
  }
  Status authorize_rules(std::string_view firewall, const Rules& rules, const Context& context) override {
    Rules others;
    for (const FirewallRule& rule : rules) (is_list(rule) ? lists_ : others).push_back(rule);
    return inner_->authorize_rules(firewall, others, context);
  }
  Status revoke_rules(std::string_view firewall, const Rules& rules, const Context& context) override {
    Rules others;
    for (const FirewallRule& rule : rules) {
      if (is_list(rule)) lists_.clear();
      if (!is_list(rule)) others.push_back(rule);
    }
    return inner_->revoke_rules(firewall, others, context);
  }

 private:
  static bool is_list(const FirewallRule& rule) { return rule.peer_firewall.starts_with("pl-"); }
  Rules lists_;
};

FirewallRule ipv6_out() {
  FirewallRule rule;
  rule.direction = Direction::outbound;
  rule.protocol = Protocol::all;
  rule.cidrs = {"::/0"};
  return rule;
}

FirewallRule ssh_in(int port) {
  FirewallRule rule;
  rule.from = rule.to = port;
  rule.cidrs = {"10.0.0.0/8"};
  return rule;
}

/// A network that has IPv6, where AWS lets a new firewall's machines out by it, too.
class WithIpv6 final : public ForwardingCompute {
 public:
  using ForwardingCompute::ForwardingCompute;
  Result<Firewall> create_firewall(const FirewallSpec& spec, const Context& context) override {
    auto made = inner_->create_firewall(spec, context);
    if (made) REQUIRE(inner_->authorize_rules(made->id, {ipv6_out()}, context));
    return made;
  }
};

/// With allow_all_outbound beside the rules.
Stack let_out(std::vector<FirewallRule> rules) {
  FirewallSpec spec = firewall_spec("ssh");
  spec.rules = std::move(rules);
  Stack stack("small");
  stack.firewall(spec);
  return stack;
}

Stack let_in(const std::string& peer, const std::string& network, const std::string& description) {
  FirewallSpec spec = firewall_spec("ssh");
  spec.network = network;
  spec.rules.resize(1);
  spec.rules[0].from = spec.rules[0].to = 22;
  spec.rules[0].peer_firewall = peer;
  spec.rules[0].description = description;
  Stack stack("small");
  stack.firewall(spec);
  return stack;
}

std::string changed_and_imported(const StackCloud& cloud, const std::string& peer, const std::string& network) {
  for (const char* description : {"old", "new"}) {
    if (auto wrong = applied(cloud, let_in(peer, network, description)); !wrong.empty()) return wrong;
  }
  const Stack stack = let_in(peer, network, "new");
  const std::string id = cloud.deployment(stack).entries().value().at(0).id;
  const auto rules = cloud.providers.compute->get_firewall(id).value().rules;
  STACK_HOLDS(std::count_if(rules.begin(), rules.end(), [](const auto& rule) { return rule.description == "new"; }) ==
              1);
  STACK_HOLDS(text_of(cloud.deployment(stack).forget("firewall.ssh")) == "success");
  STACK_HOLDS(text_of(cloud.deployment(stack).import_resource("firewall.ssh", id)) == "success");
  STACK_HOLDS(!cloud.deployment(stack).plan().value().has_changes());
  return destroyed(cloud, stack);
}

}  // namespace

TEST_CASE("a firewall that lets in a list of addresses is changed and imported") {
  MemoryCloud memory;
  StackCloud cloud = memory.cloud();
  const auto driver = std::make_shared<WithPrefixLists>(memory.compute().driver());
  cloud.providers.compute = Compute(driver, memory.compute().hooks());
  CHECK(changed_and_imported(cloud, "pl-0fb1c2d3", "") == "");
}

TEST_CASE("a firewall of another network that lets itself in is changed and imported") {
  MemoryCloud memory;
  memory::MemoryComputeOptions options;
  options.networks = {"net-default", "net-other"};
  const memory::MemoryCompute machines(options);
  StackCloud cloud = memory.cloud();
  cloud.providers.compute = machines.compute();
  CHECK(changed_and_imported(cloud, "ssh", "net-other") == "");
}

TEST_CASE("a rule that lets IPv6 out goes when it is declared no more, and stays where the network has added it") {
  MemoryCloud memory;
  StackCloud cloud = memory.cloud();
  const auto rules_of_ssh = [&] { return cloud.providers.compute->get_firewall("ssh").value().rules.size(); };
  REQUIRE(applied(cloud, let_out({ssh_in(22), ipv6_out()})).empty());
  CHECK(rules_of_ssh() == 3);
  CHECK(applied(cloud, let_out({ssh_in(22)})).empty());
  CHECK(rules_of_ssh() == 2);
  REQUIRE(destroyed(cloud, let_out({ssh_in(22)})).empty());

  cloud.providers.compute = Compute(std::make_shared<WithIpv6>(memory.compute().driver()), memory.compute().hooks());
  REQUIRE(applied(cloud, let_out({ssh_in(22)})).empty());
  CHECK(applied(cloud, let_out({ssh_in(2222)})).empty());
  CHECK(rules_of_ssh() == 3);
  CHECK(destroyed(cloud, let_out({ssh_in(2222)})).empty());
}

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

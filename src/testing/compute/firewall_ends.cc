#include "testing/compute/suite.h"

#include <algorithm>
#include <chrono>

/// How firewalls end.
namespace cloudkit::inline v0::testing::machines {
namespace {

void destroy_firewall_in_use_conflict(const ComputeCase& c) {
  const Firewall firewall = c.ensure_firewall(c.firewall_spec());
  const Firewall shared = c.ensure_firewall(c.firewall_spec("shared"));
  InstanceSpec spec = c.spec();
  spec.firewalls = {firewall.name, shared.id};
  const Instance made = c.create_running(spec);
  c.expect(std::find(made.firewalls.begin(), made.firewalls.end(), firewall.id) != made.firewalls.end(),
           "a machine should have the firewall that it was made with by its name");
  InstanceSpec other = c.spec("other");
  other.firewalls = {shared.id};
  c.create_running(other);
  FirewallSpec naming = c.firewall_spec("naming");
  naming.rules = {tcp_in(22, "10.0.0.0/8")};
  naming.rules.front().peer_firewall = firewall.id;
  const std::string naming_id = c.ensure_firewall(naming).id;
  const auto names_it = [&] {
    const auto rules = flat(c.expect_ok(c.compute().get_firewall(naming_id), "getting what names it").rules);
    return has(rules, "inbound tcp 22-22 " + firewall.id);
  };
  c.expect(names_it(), "a rule should name its peer");
  WaitInstanceOptions at_once;
  at_once.wait_limit = std::chrono::seconds(0);
  c.expect_error(c.compute().destroy_firewall(firewall.id, at_once), ErrorCode::conflict,
                 "destroying a firewall that a machine uses");
  c.expect_ok(c.compute().get_firewall(firewall.id), "getting what could not be destroyed");
  c.expect(names_it(), "what could not be destroyed should still be named by the rules of others");
  if (c.harness().delay) {
    ComputeDelays delays;
    delays.busy_firewalls = 2;
    delays.terminating_looks = 1;
    c.harness().delay(delays);
  }
  c.expect_ok(c.compute().destroy(made.id, {.with_firewalls = true}), "destroying a machine with its firewalls");
  c.expect_error(c.compute().get_firewall(firewall.id), ErrorCode::not_found, "getting the machine's firewall");
  c.expect(!names_it(), "what was destroyed should not be named any more");
  c.expect_ok(c.compute().get_firewall(shared.id), "getting what another machine uses, too");
  c.expect_ok(c.compute().destroy_firewall(firewall.id), "destroying it again");
  c.expect_ok(c.compute().destroy_firewall(firewall.name), "destroying it again by its name");
}

void mutual_groups_destroyed(const ComputeCase& c) {
  FirewallSpec front = c.firewall_spec("front");
  FirewallSpec back = c.firewall_spec("back");
  const std::string front_id = c.ensure_firewall(front).id;
  const auto from = [](const std::string& peer) {
    FirewallRule rule;
    rule.from = rule.to = 8080;
    rule.peer_firewall = peer;
    return rule;
  };
  back.rules = {from(front.name), tcp_in(22, "10.0.0.0/8")};
  const Firewall made = c.ensure_firewall(back);
  c.expect(has(flat(made.rules), "inbound tcp 8080-8080 " + front_id), "a peer should be known by its id");
  front.rules = {from(back.name), from(front.name)};
  c.ensure_firewall(front);
  c.expect_ok(c.compute().destroy_firewall(front.name), "destroying a firewall that another one names");
  c.expect_error(c.compute().get_firewall(front_id), ErrorCode::not_found, "getting it");
  const auto left = flat(c.expect_ok(c.compute().get_firewall(made.id), "getting the other one").rules);
  c.expect(!has(left, "inbound tcp 8080-8080 " + front_id), "the rule that named it should be gone");
  c.expect(has(left, "inbound tcp 22-22 10.0.0.0/8"), "the other rule should still be there");
  c.expect_ok(c.compute().destroy_firewall(made.id), "destroying the other one");
  c.expect_error(c.compute().get_firewall(back.name), ErrorCode::not_found, "getting the other one");
  front.rules = {from(c.name("none"))};
  c.expect_error(c.compute().ensure_firewall(front), ErrorCode::not_found, "ensuring one with a missing peer");
  c.expect_error(c.compute().get_firewall(front.name), ErrorCode::not_found, "getting what was not made");
}

constexpr ComputeCaseEntry kFirewallEndCases[] = {
    {"destroy_firewall_in_use_conflict", destroy_firewall_in_use_conflict},
    {"mutual_groups_destroyed", mutual_groups_destroyed},
};

}  // namespace

ComputeCaseList firewall_end_cases() { return kFirewallEndCases; }

}  // namespace cloudkit::inline v0::testing::machines

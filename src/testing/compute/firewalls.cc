#include "testing/compute/suite.h"

/// Rules of firewalls.
namespace cloudkit::inline v0::testing::machines {
namespace {

constexpr const char* kAllOut = "outbound all 0-0 0.0.0.0/0";

// Beside what AWS adds in networks with IPv6.
std::vector<std::string> rules_of(const Firewall& firewall) {
  auto lines = flat(firewall.rules);
  if (has(lines, kAllOut)) std::erase(lines, "outbound all 0-0 ::/0");
  return lines;
}

std::vector<std::string> rules_of(const ComputeCase& c, const std::string& id) {
  return rules_of(c.expect_ok(c.compute().get_firewall(id), "getting a firewall"));
}

// How many requests have changed rules while `body` ran; empty where the harness cannot tell.
std::vector<std::string> changes_during(const ComputeCase& c, const std::function<void()>& body) {
  if (!c.harness().rule_changes) {
    body();
    return {};
  }
  const std::size_t before = c.harness().rule_changes().size();
  body();
  const auto all = c.harness().rule_changes();
  std::vector<std::string> kinds;
  for (std::size_t i = before; i < all.size(); ++i) kinds.push_back(all[i].substr(0, all[i].find(' ')));
  return kinds;
}

void firewall_create_rules_roundtrip(const ComputeCase& c) {
  FirewallSpec spec = c.firewall_spec();
  spec.allow_all_outbound = false;
  FirewallRule ssh = tcp_in(22, "192.0.2.0/24");
  ssh.cidrs.emplace_back("198.51.100.7/32");
  ssh.cidrs.emplace_back("2001:DB8::/32");  // As services write it back: in lower case.
  ssh.description = "from the office";
  FirewallRule udp = tcp_in(60'000, "10.0.0.0/8");
  udp.protocol = Protocol::udp;
  udp.to = 61'000;
  FirewallRule ping;
  ping.protocol = Protocol::icmp;
  ping.cidrs = {"0.0.0.0/0"};
  FirewallRule themselves;
  themselves.protocol = Protocol::all;
  themselves.peer_firewall = spec.name;
  FirewallRule https = tcp_in(443, "0.0.0.0/0");
  https.direction = Direction::outbound;
  spec.rules = {ssh, udp, ping, themselves, https};
  const Firewall made = c.ensure_firewall(spec);
  const std::vector<std::string> expected =
      sorted({"inbound tcp 22-22 192.0.2.0/24", "inbound tcp 22-22 198.51.100.7/32", "inbound tcp 22-22 2001:db8::/32",
              "inbound udp 60000-61000 10.0.0.0/8", "inbound icmp 0-0 0.0.0.0/0", "inbound all 0-0 " + made.id,
              "outbound tcp 443-443 0.0.0.0/0"});
  c.expect_equal(rules_of(made), expected, "the rules that ensure_firewall returns");
  c.expect_equal(rules_of(c, made.id), expected, "the rules of the firewall by its id");
  const Firewall named = c.expect_ok(c.compute().get_firewall(spec.name), "getting it by its name");
  c.expect_equal(named.id, made.id, "the id of what has the name");
  c.expect_equal(named.description, spec.description, "its description");
  c.expect_equal(rules_of(named), expected, "the rules of the firewall by its name");
  bool listed = false;
  for (const Firewall& firewall : c.expect_ok(c.compute().list_firewalls(), "listing firewalls")) {
    listed = listed || firewall.id == made.id;
  }
  c.expect(listed, "the firewall should be listed");
}

void set_rules_diff_minimal_calls(const ComputeCase& c) {
  FirewallSpec spec = c.firewall_spec();
  spec.rules = {tcp_in(22, "10.0.0.0/8"), tcp_in(80, "0.0.0.0/0")};
  const std::string id = c.ensure_firewall(spec).id;
  FirewallRule out = tcp_in(0, "0.0.0.0/0");
  out.direction = Direction::outbound;
  out.protocol = Protocol::all;
  const std::vector<FirewallRule> wanted = {tcp_in(80, "0.0.0.0/0"), tcp_in(443, "0.0.0.0/0"), out};
  const auto changed = changes_during(
      c, [&] { c.expect_ok(c.compute().set_rules(id, wanted), "setting rules of which some are there"); });
  c.expect_equal(rules_of(c, id), sorted({"inbound tcp 80-80 0.0.0.0/0", "inbound tcp 443-443 0.0.0.0/0", kAllOut}),
                 "the rules that were set");
  const auto again = changes_during(c, [&] { c.expect_ok(c.compute().set_rules(id, wanted), "setting them again"); });
  c.expect_equal(again, std::vector<std::string>(), "the requests that changed what was so already");
  if (!c.harness().rule_changes) return;
  c.expect_equal(changed, std::vector<std::string>{"authorize", "revoke"}, "the requests that changed rules, in order");
}

void duplicate_rule_is_ok(const ComputeCase& c) {
  FirewallSpec spec = c.firewall_spec();
  spec.rules = {tcp_in(22, "10.0.0.0/8"), tcp_in(22, "10.0.0.0/8")};
  spec.rules[1].description = "the same with another description";
  spec.rules[0].cidrs.emplace_back("10.0.0.0/8");
  const std::string id = c.ensure_firewall(spec).id;
  const std::vector<std::string> expected = sorted({"inbound tcp 22-22 10.0.0.0/8", kAllOut});
  c.expect_equal(rules_of(c, id), expected, "rules of which one was given three times");
  c.ensure_firewall(spec);
  c.expect_equal(rules_of(c, id), expected, "the same, ensured again");
}

void default_egress_not_duplicated(const ComputeCase& c) {
  FirewallSpec spec = c.firewall_spec();
  const Firewall made = c.ensure_firewall(spec);
  c.expect_equal(rules_of(made), std::vector<std::string>{kAllOut}, "the rules of a firewall without any of its own");
  FirewallRule out = tcp_in(0, "0.0.0.0/0");
  out.direction = Direction::outbound;
  out.protocol = Protocol::all;
  spec.rules = {out};
  c.expect_equal(c.ensure_firewall(spec).id, made.id, "the id of what was ensured with the rule by hand");
  std::size_t count = 0;
  for (const FirewallRule& rule : c.expect_ok(c.compute().get_firewall(made.id), "getting it").rules) {
    if (rule.direction == Direction::outbound && rule.cidrs == out.cidrs) ++count;
  }
  c.expect_equal(count, std::size_t{1}, "how many rules let everything out");
  spec.rules.clear();
  spec.allow_all_outbound = false;
  c.ensure_firewall(spec);
  c.expect_equal(rules_of(c, made.id), std::vector<std::string>(), "the rules of what lets nothing out");
  spec.allow_all_outbound = true;
  c.ensure_firewall(spec);
  c.expect_equal(rules_of(c, made.id), std::vector<std::string>{kAllOut},
                 "the rules of what lets everything out again");
}

void ensure_firewall_twice_unchanged(const ComputeCase& c) {
  if (c.harness().delay) {
    ComputeDelays delays;
    delays.late_looks = 2;
    c.harness().delay(delays);
  }
  FirewallSpec spec = c.firewall_spec();
  spec.rules = {tcp_in(22, "0.0.0.0/0"), tcp_in(22, "::/0")};
  const Firewall first = c.ensure_firewall(spec);
  Firewall second;
  const auto changed = changes_during(c, [&] { second = c.ensure_firewall(spec); });
  c.expect_equal(second.id, first.id, "the id of what was ensured twice");
  c.expect_equal(rules_of(second), rules_of(first), "its rules");
  c.expect_equal(changed, std::vector<std::string>(), "the requests that changed what was so already");
  if (c.harness().network.empty()) return;
  spec.network = c.harness().network;
  const Firewall other = c.ensure_firewall(spec);
  c.expect(other.id != first.id, "the same name in another network should be another firewall");
  c.expect_equal(c.ensure_firewall(spec).id, other.id, "the id of what was ensured twice in another network");
}

void cidr_and_port_validation(const ComputeCase& c) {
  FirewallSpec spec = c.firewall_spec();
  const auto refused = [&](const FirewallRule& rule, const std::string& what) {
    spec.rules = {rule};
    c.expect_error(c.compute().ensure_firewall(spec), ErrorCode::invalid_argument, "a rule " + what);
  };
  for (const char* cidr : {"", "10.0.0.0", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/8", "256.0.0.0/8",
                           "0.0.0.1/0", "2001:db8::1/32", "2001:db8::/129", "::1/0", "10.0.0.0/8 ", "everybody"}) {
    refused(tcp_in(22, cidr), "from " + show(cidr));
  }
  FirewallRule rule = tcp_in(22, "10.0.0.0/8");
  for (const auto& [from, to] : std::vector<std::pair<int, int>>{{-1, 22}, {22, 65'536}, {80, 22}, {70'000, 70'000}}) {
    rule.from = from;
    rule.to = to;
    refused(rule, "of the ports " + std::to_string(from) + " to " + std::to_string(to));
  }
  rule = tcp_in(22, "10.0.0.0/8");
  for (const Protocol protocol : {Protocol::icmp, Protocol::all}) {
    rule.protocol = protocol;
    refused(rule, "with ports of " + std::string(to_string(protocol)));
  }
  rule = tcp_in(22, "10.0.0.0/8");
  rule.cidrs.clear();
  refused(rule, "that names nobody");
  rule.cidrs = {"10.0.0.0/8"};
  rule.description = "\xC3\xA4";
  refused(rule, "whose description is not ASCII");
  spec.rules.clear();
  for (const char* name : {"", "sg-1", "default", "Upper", "1st", "a_b", "a-"}) {
    FirewallSpec wrong = c.firewall_spec();
    wrong.name = name;
    c.expect_error(c.compute().ensure_firewall(wrong), ErrorCode::invalid_argument, "the name " + show(name));
  }
  c.expect_error(c.compute().get_firewall(spec.name), ErrorCode::not_found, "getting what was never made");
}

constexpr ComputeCaseEntry kFirewallCases[] = {
    {"firewall_create_rules_roundtrip", firewall_create_rules_roundtrip},
    {"set_rules_diff_minimal_calls", set_rules_diff_minimal_calls},
    {"duplicate_rule_is_ok", duplicate_rule_is_ok},
    {"default_egress_not_duplicated", default_egress_not_duplicated},
    {"ensure_firewall_twice_unchanged", ensure_firewall_twice_unchanged},
    {"cidr_and_port_validation", cidr_and_port_validation},
};

}  // namespace

ComputeCaseList firewall_cases() { return kFirewallCases; }

}  // namespace cloudkit::inline v0::testing::machines

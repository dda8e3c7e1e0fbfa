#include "compute/check_names.h"
#include "compute/checks.h"
#include "compute/cidr.h"
#include "core/check_text.h"
#include "core/fail.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::compute {
namespace {

using core::in_quotes;
using core::invalid_argument;

constexpr std::string_view kGroupPage =
    "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html";
constexpr std::string_view kPermissionPage =
    "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html";

// Of kGroupPage; of rules: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html
constexpr std::size_t kLongestDescription = 255;
constexpr int kLastPort = 65'535;

Status check_description(std::string_view description) {
  if (description.empty() || core::is_made_of(description, ". _-:/()#,@[]+=&;{}!$*", kLongestDescription)) return {};
  return invalid_argument(
      fmt::format("{} is no description: at most {} letters, digits, spaces and ._-:/()#,@[]+=&;{{}}!$*",
                  in_quotes(description), kLongestDescription),
      std::string(kGroupPage));
}

Status check_ports(const FirewallRule& rule) {
  const std::string protocol(to_string(rule.protocol));
  if (rule.protocol == Protocol::icmp || rule.protocol == Protocol::all) {
    if (rule.from == 0 && rule.to == 0) return {};
    return invalid_argument(fmt::format("a rule of protocol {} has no ports: from and to are 0", protocol),
                            std::string(kPermissionPage));
  }
  if (rule.from < 0 || rule.to > kLastPort || rule.from > kLastPort || rule.to < 0) {
    return invalid_argument(
        fmt::format("{} ports {} to {}: a port is 0 to {}", protocol, rule.from, rule.to, kLastPort));
  }
  if (rule.from <= rule.to) return {};
  return invalid_argument(fmt::format("{} ports {} to {} go backwards", protocol, rule.from, rule.to),
                          "from is the lower one; for one port both are the same");
}

Status check_rule(const FirewallRule& rule) {
  if (auto ok = all_of({check_ports(rule), check_description(rule.description)}); !ok) return ok;
  if (rule.cidrs.empty() && rule.peer_firewall.empty()) {
    return invalid_argument("a rule lets through nobody: it has neither cidrs nor a peer_firewall",
                            "\"0.0.0.0/0\" is everybody with IPv4, \"::/0\" with IPv6");
  }
  for (const std::string& cidr : rule.cidrs) {
    if (auto parsed = parse_cidr(cidr); !parsed) return std::move(parsed).error();
  }
  return rule.peer_firewall.empty() ? Status() : check_given_name("firewall", rule.peer_firewall);
}

}  // namespace

Status check_rules(const std::vector<FirewallRule>& rules) {
  for (const FirewallRule& rule : rules) {
    if (auto ok = check_rule(rule); !ok) return ok;
  }
  return {};
}

Status check_firewall(const FirewallSpec& spec, const ComputeCapabilities& able) {
  if (auto ok = all_of({check_offered(able.firewalls, "firewalls"), check_name("firewall", spec.name, kGroupPage)});
      !ok) {
    return ok;
  }
  if (spec.name.starts_with("sg-") || spec.name == "default") {
    return invalid_argument(fmt::format("a firewall of yours is not called {}: names that begin with sg- are ids, and "
                                        "default is each network's own",
                                        in_quotes(spec.name)),
                            std::string(kGroupPage));
  }
  if (spec.description.empty()) {
    return invalid_argument("the firewall has no description", fmt::format("AWS wants one: {}", kGroupPage));
  }
  return all_of({check_description(spec.description),
                 spec.network.empty() ? Status() : check_reference("network", spec.network), check_rules(spec.rules),
                 check_tags(spec.tags, able)});
}

}  // namespace cloudkit::inline v0::compute

#include "aws/ec2/firewalls.h"

#include "aws/service/reply.h"
#include "core/encode.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace cloudkit::inline v0::aws::ec2 {
namespace {

using service::Call;
using service::Form;
using service::text_of;

// Of ICMP's types and codes: any.
constexpr std::string_view kAny = "-1";

std::string action_of(std::string_view verb, Direction direction) {
  return fmt::format("{}SecurityGroup{}", verb, direction == Direction::inbound ? "Ingress" : "Egress");
}

bool is_ipv6(std::string_view cidr) { return cidr.find(':') != std::string_view::npos; }

// ICMP of IPv6 is another protocol.
std::string_view protocol_name(const FirewallRule& rule) {
  switch (rule.protocol) {
    case Protocol::tcp: return "tcp";
    case Protocol::udp: return "udp";
    case Protocol::icmp: return !rule.cidrs.empty() && is_ipv6(rule.cidrs.front()) ? "icmpv6" : "icmp";
    case Protocol::all: return kAny;
  }
  return kAny;
}

void add_ports(Form& form, const std::string& prefix, const FirewallRule& rule) {
  if (rule.protocol == Protocol::all) return;
  const bool has_ports = rule.protocol != Protocol::icmp;
  form.add(prefix + "FromPort", has_ports ? std::to_string(rule.from) : kAny);
  form.add(prefix + "ToPort", has_ports ? std::to_string(rule.to) : kAny);
}

void add_source(Form& form, const std::string& prefix, std::string_view name, std::string_view value,
                std::string_view description) {
  form.add(prefix + std::string(name), value);
  form.add_unless_empty(fmt::format("{}{}Description", prefix, name.substr(0, name.find('.') + 3)), description);
}

void add_sources(Form& form, const std::string& prefix, const FirewallRule& rule, std::string_view description) {
  for (const std::string& cidr : rule.cidrs) {
    add_source(form, prefix, is_ipv6(cidr) ? "Ipv6Ranges.1.CidrIpv6" : "IpRanges.1.CidrIp", cidr, description);
  }
  if (rule.peer_firewall.empty()) return;
  const bool is_list = rule.peer_firewall.starts_with("pl-");
  add_source(form, prefix, is_list ? "PrefixListIds.1.PrefixListId" : "Groups.1.GroupId", rule.peer_firewall,
             description);
}

Call change_rules(std::string_view verb, std::string_view group, Direction direction,
                  const std::vector<FirewallRule>& rules, bool with_descriptions) {
  Form form = form_of(action_of(verb, direction));
  form.add("GroupId", group);
  int number = 0;
  for (const FirewallRule& rule : rules) {
    const std::string prefix = fmt::format("IpPermissions.{}.", ++number);
    form.add(prefix + "IpProtocol", protocol_name(rule));
    add_ports(form, prefix, rule);
    add_sources(form, prefix, rule, with_descriptions ? rule.description : std::string_view());
  }
  // What is there, or gone, already is known by the reply.
  return service::repeatable(service::form_call(std::move(form)));
}

// ---- Reading

struct ProtocolName {
  std::string_view text;
  Protocol protocol;
};

// https://www.iana.org/assignments/protocol-numbers
constexpr ProtocolName kProtocols[] = {
    {"tcp", Protocol::tcp},     {"6", Protocol::tcp},     {"udp", Protocol::udp},
    {"17", Protocol::udp},      {"icmp", Protocol::icmp}, {"1", Protocol::icmp},
    {"icmpv6", Protocol::icmp}, {"58", Protocol::icmp},   {kAny, Protocol::all},
};

std::optional<int> port_of(const std::string& text) {
  const auto number = core::parse_u64(text);
  return number && *number <= 65535 ? std::optional(static_cast<int>(*number)) : std::nullopt;
}

// A rule without its source. Nothing for what a FirewallRule cannot say: another protocol, one kind of ICMP.
std::optional<FirewallRule> rule_of(codec::XmlNode permission, Direction direction) {
  const std::string name = text_of(permission.child("ipProtocol"));
  const std::string from = text_of(permission.child("fromPort"));
  const std::string to = text_of(permission.child("toPort"));
  for (const ProtocolName& known : kProtocols) {
    if (known.text != name) continue;
    FirewallRule rule;
    rule.direction = direction;
    rule.protocol = known.protocol;
    if (known.protocol == Protocol::all) return rule;
    if (known.protocol == Protocol::icmp) return from == kAny && to == kAny ? std::optional(rule) : std::nullopt;
    const auto first = port_of(from);
    const auto last = port_of(to);
    if (!first || !last) return std::nullopt;
    rule.from = *first;
    rule.to = *last;
    return rule;
  }
  return std::nullopt;
}

struct SourceSet {
  std::string_view set;
  std::string_view member;
  bool is_cidr;
};

constexpr SourceSet kSources[] = {
    {"ipRanges", "cidrIp", true},
    {"ipv6Ranges", "cidrIpv6", true},
    {"groups", "groupId", false},
    {"prefixListIds", "prefixListId", false},
};

std::string described(codec::XmlNode permission, Direction direction, std::string_view source) {
  std::string text = fmt::format("{} protocol {}", to_string(direction), text_of(permission.child("ipProtocol")));
  const std::string from = text_of(permission.child("fromPort"));
  if (!from.empty()) text += fmt::format(" {} to {}", from, text_of(permission.child("toPort")));
  return text + fmt::format(" {} {}", direction == Direction::inbound ? "from" : "to", source);
}

// A group of another account, which its id alone does not name.
bool is_foreign(codec::XmlNode source, std::string_view owner) {
  const std::string account = text_of(source.child("userId"));
  return !account.empty() && !owner.empty() && account != owner;
}

void read_permission(codec::XmlNode permission, Direction direction, std::string_view owner, Firewall& firewall) {
  const auto rule = rule_of(permission, direction);
  for (const SourceSet& sources : kSources) {
    for_each_item(permission.child(sources.set), [&](codec::XmlNode item) {
      std::string source = text_of(item.child(sources.member));
      FirewallRule one = rule.value_or(FirewallRule{});
      one.description = item.child("description").text();
      (sources.is_cidr ? one.cidrs.emplace_back() : one.peer_firewall) = source;
      // To revoke it, its name must come out again.
      const std::string name = text_of(permission.child("ipProtocol"));
      const bool is_icmpv6 = name == "icmpv6" || name == "58";
      const bool fits = rule && (is_icmpv6 == (protocol_name(one) == "icmpv6")) && !is_foreign(item, owner);
      if (fits) {
        firewall.rules.push_back(std::move(one));
      } else {
        firewall.other_rules.push_back(described(permission, direction, source));
      }
    });
  }
}

Firewall read_group(codec::XmlNode item) {
  Firewall firewall;
  firewall.id = text_of(item.child("groupId"));
  firewall.name = text_of(item.child("groupName"));
  firewall.description = item.child("groupDescription").text();
  firewall.network = text_of(item.child("vpcId"));
  const std::string owner = text_of(item.child("ownerId"));
  for_each_item(item.child("ipPermissions"),
                [&](codec::XmlNode permission) { read_permission(permission, Direction::inbound, owner, firewall); });
  for_each_item(item.child("ipPermissionsEgress"),
                [&](codec::XmlNode permission) { read_permission(permission, Direction::outbound, owner, firewall); });
  firewall.tags = read_tags(item);
  return firewall;
}

}  // namespace

Call create_security_group(const FirewallSpec& spec) {
  Form form = form_of("CreateSecurityGroup");
  form.add("GroupName", spec.name).add("GroupDescription", spec.description).add_unless_empty("VpcId", spec.network);
  add_tag_specification(form, "security-group", spec.tags);
  return service::form_call(std::move(form));
}

Call describe_security_group(std::string_view id) {
  Form form = form_of("DescribeSecurityGroups");
  form.add("GroupId.1", id);
  return service::question(service::form_call(std::move(form)));
}

Call describe_security_groups(std::string_view name, std::string_view network, std::string_view page_token,
                              int page_size) {
  Form form = form_of("DescribeSecurityGroups");
  Filters filters(form);
  if (!name.empty()) filters.add("group-name", {std::string(name)});
  if (!network.empty()) filters.add("vpc-id", {std::string(network)});
  add_page(form, page_size, page_token);
  return service::question(service::form_call(std::move(form)));
}

Call delete_security_group(std::string_view id) {
  Form form = form_of("DeleteSecurityGroup");
  form.add("GroupId", id);
  return service::repeatable(service::form_call(std::move(form)));
}

Call describe_network_interfaces(std::string_view group) {
  Form form = form_of("DescribeNetworkInterfaces");
  Filters(form).add("group-id", {std::string(group)});
  return service::question(service::form_call(std::move(form)));
}

Call describe_default_vpc() {
  Form form = form_of("DescribeVpcs");
  Filters(form).add("is-default", {"true"});
  return service::question(service::form_call(std::move(form)));
}

Call authorize_rules(std::string_view group, Direction direction, const std::vector<FirewallRule>& rules) {
  return change_rules("Authorize", group, direction, rules, true);
}

Call revoke_rules(std::string_view group, Direction direction, const std::vector<FirewallRule>& rules) {
  return change_rules("Revoke", group, direction, rules, false);
}

Result<std::string> read_created_group(const http::Response& response) {
  const auto document = read_reply(response, "CreateSecurityGroup");
  if (!document) return document.error();
  std::string id = text_of(document->root().child("groupId"));
  if (id.empty()) return service::unexpected_reply("it has no groupId", response);
  return id;
}

Result<FirewallPage> read_security_groups(const http::Response& response) {
  const auto document = read_reply(response, "DescribeSecurityGroups");
  if (!document) return document.error();
  FirewallPage page;
  for_each_item(document->root().child("securityGroupInfo"),
                [&](codec::XmlNode item) { page.firewalls.push_back(read_group(item)); });
  page.next_page_token = text_of(document->root().child("nextToken"));
  return page;
}

Result<bool> read_network_interfaces(const http::Response& response) {
  const auto document = read_reply(response, "DescribeNetworkInterfaces");
  if (!document) return document.error();
  // Without any on this page there may be some on the next.
  bool any = !text_of(document->root().child("nextToken")).empty();
  for_each_item(document->root().child("networkInterfaceSet"), [&](codec::XmlNode) { any = true; });
  return any;
}

Result<std::string> read_default_vpc(const http::Response& response) {
  const auto document = read_reply(response, "DescribeVpcs");
  if (!document) return document.error();
  return text_of(document->root().child("vpcSet").first_child().child("vpcId"));
}

Result<Revoked> read_revoked(const http::Response& response, Direction direction) {
  const auto document = read_done(response, action_of("Revoke", direction));
  if (!document) return document.error();
  Revoked revoked;
  Firewall unknown;
  for_each_item(document->root().child("unknownIpPermissionSet"), [&](codec::XmlNode permission) {
    revoked.all = false;
    read_permission(permission, direction, {}, unknown);
  });
  revoked.unknown = std::move(unknown.rules);
  return revoked;
}

Status read_authorized(const http::Response& response, Direction direction) {
  return read_return(response, action_of("Authorize", direction));
}

}  // namespace cloudkit::inline v0::aws::ec2

#include "aws/ec2/firewalls.h"

#include "fixture.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::aws::ec2;
using cloudkit::testing::Fixture;

namespace {

Firewall group(const std::string& permissions, const std::string& egress = {}) {
  const auto page = read_security_groups(Fixture::xml_reply(
      "DescribeSecurityGroups",
      "<securityGroupInfo><item><ownerId>1</ownerId><groupId>sg-1</groupId><groupName>web</groupName>"
      "<groupDescription> d </groupDescription><vpcId>vpc-1</vpcId><ipPermissions>" +
          permissions + "</ipPermissions><ipPermissionsEgress>" + egress +
          "</ipPermissionsEgress><tagSet><item><key>a</key><value>1</value></item></tagSet></item></"
          "securityGroupInfo>"));
  return page.value().firewalls.at(0);
}

std::string permission(const std::string& protocol, const std::string& from, const std::string& to,
                       const std::string& sources) {
  std::string text = "<item><ipProtocol>" + protocol + "</ipProtocol>";
  if (!from.empty()) text += "<fromPort>" + from + "</fromPort><toPort>" + to + "</toPort>";
  return text + sources + "</item>";
}

const std::string kAnywhere = "<ipRanges><item><cidrIp>0.0.0.0/0</cidrIp></item></ipRanges>";

FirewallRule rule(Direction direction, Protocol protocol, int from, int to, std::vector<std::string> cidrs,
                  std::string peer = {}, std::string description = {}) {
  return {direction, protocol, from, to, std::move(cidrs), std::move(peer), std::move(description)};
}

}  // namespace

TEST_CASE("a firewall is read with a rule for each source") {
  const Firewall firewall = group(
      permission("tcp", "22", "23",
                 "<groups><item><userId>1</userId><groupId>sg-2</groupId><description>p</description></item></groups>"
                 "<ipRanges><item><cidrIp>10.0.0.0/8</cidrIp><description>ssh</description></item>"
                 "<item><cidrIp>0.0.0.0/0</cidrIp></item></ipRanges>"
                 "<ipv6Ranges><item><cidrIpv6>2001:db8::/32</cidrIpv6></item></ipv6Ranges>"
                 "<prefixListIds><item><prefixListId>pl-1</prefixListId></item></prefixListIds>"),
      permission("-1", "", "", "<groups/>" + kAnywhere + "<ipv6Ranges/><prefixListIds/>"));
  CHECK(firewall.id == "sg-1");
  CHECK(firewall.name == "web");
  CHECK(firewall.description == " d ");
  CHECK(firewall.network == "vpc-1");
  CHECK(firewall.tags == Tags{{"a", "1"}});
  CHECK(firewall.other_rules.empty());
  using D = Direction;
  using P = Protocol;
  CHECK(firewall.rules == std::vector<FirewallRule>{
                              rule(D::inbound, P::tcp, 22, 23, {"10.0.0.0/8"}, "", "ssh"),
                              rule(D::inbound, P::tcp, 22, 23, {"0.0.0.0/0"}),
                              rule(D::inbound, P::tcp, 22, 23, {"2001:db8::/32"}),
                              rule(D::inbound, P::tcp, 22, 23, {}, "sg-2", "p"),
                              rule(D::inbound, P::tcp, 22, 23, {}, "pl-1"),
                              rule(D::outbound, P::all, 0, 0, {"0.0.0.0/0"}),
                          });
}

TEST_CASE("ICMP has no ports, and is another protocol with IPv6") {
  const std::string v6 = "<ipv6Ranges><item><cidrIpv6>::/0</cidrIpv6></item></ipv6Ranges>";
  const Firewall firewall = group(permission("icmp", "-1", "-1", kAnywhere) + permission("icmpv6", "-1", "-1", v6) +
                                  permission("58", "-1", "-1", v6) + permission("1", "-1", "-1", kAnywhere));
  CHECK(firewall.other_rules.empty());
  const FirewallRule v4_rule = rule(Direction::inbound, Protocol::icmp, 0, 0, {"0.0.0.0/0"});
  const FirewallRule v6_rule = rule(Direction::inbound, Protocol::icmp, 0, 0, {"::/0"});
  CHECK(firewall.rules == std::vector<FirewallRule>{v4_rule, v6_rule, v6_rule, v4_rule});
  CHECK(authorize_rules("sg-1", Direction::inbound, {v6_rule}).body ==
        "Action=AuthorizeSecurityGroupIngress&Version=2016-11-15&GroupId=sg-1&IpPermissions.1.IpProtocol=icmpv6"
        "&IpPermissions.1.FromPort=-1&IpPermissions.1.ToPort=-1&IpPermissions.1.Ipv6Ranges.1.CidrIpv6=%3A%3A%2F0");
}

TEST_CASE("what a rule cannot say is told in words, and never taken for another rule") {
  const Firewall firewall =
      group(permission("icmp", "8", "0", kAnywhere) + permission("50", "", "", kAnywhere) +
            permission("tcp", "", "", kAnywhere) + permission("tcp", "-1", "65536", kAnywhere) +
            permission("icmpv6", "-1", "-1", "<groups><item><groupId>sg-2</groupId></item></groups>") +
            permission("", "", "", kAnywhere));
  CHECK(firewall.rules.empty());
  CHECK(firewall.other_rules == std::vector<std::string>{
                                    "inbound protocol icmp 8 to 0 from 0.0.0.0/0",
                                    "inbound protocol 50 from 0.0.0.0/0",
                                    "inbound protocol tcp from 0.0.0.0/0",
                                    "inbound protocol tcp -1 to 65536 from 0.0.0.0/0",
                                    "inbound protocol icmpv6 -1 to -1 from sg-2",
                                    "inbound protocol  from 0.0.0.0/0",
                                });
}

TEST_CASE("a peer of another account is named, and is no rule that could be declared") {
  const auto page = read_security_groups(Fixture::xml_reply(
      "DescribeSecurityGroups",
      "<securityGroupInfo><item><ownerId>111111111111</ownerId><groupId>sg-1</groupId><ipPermissions><item>"
      "<ipProtocol>tcp</ipProtocol><fromPort>22</fromPort><toPort>22</toPort><groups><item><userId>111111111111</"
      "userId>"
      "<groupId>sg-2</groupId></item><item><userId>222222222222</userId><groupId>sg-3</groupId></item></groups></item>"
      "</ipPermissions></item></securityGroupInfo>"));
  const Firewall& firewall = page.value().firewalls.at(0);
  REQUIRE(firewall.rules.size() == 1);
  CHECK(firewall.rules[0].peer_firewall == "sg-2");
  CHECK(firewall.other_rules == std::vector<std::string>{"inbound protocol tcp 22 to 22 from sg-3"});
}

TEST_CASE("all protocols have no ports; a revocation needs no description") {
  FirewallRule out = rule(Direction::outbound, Protocol::all, 0, 0, {"0.0.0.0/0"}, "", "words");
  CHECK(revoke_rules("sg-1", Direction::outbound, {out}).body ==
        "Action=RevokeSecurityGroupEgress&Version=2016-11-15&GroupId=sg-1&IpPermissions.1.IpProtocol=-1"
        "&IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0%2F0");
}

TEST_CASE("a revocation says whether it knew the rules") {
  const auto revoked = [](const std::string& inside) {
    return read_revoked(Fixture::xml_reply("RevokeSecurityGroupIngress", inside), Direction::inbound);
  };
  CHECK(revoked("<return>true</return>").value().all);
  CHECK(revoked("<return>true</return><unknownIpPermissionSet/>").value().all);
  CHECK_FALSE(revoked("<return>true</return><unknownIpPermissionSet><item/></unknownIpPermissionSet>").value().all);
  const auto unknown =
      revoked(
          "<return>true</return><unknownIpPermissionSet><item><ipProtocol>tcp</ipProtocol><fromPort>22</fromPort>"
          "<toPort>22</toPort><ipRanges><item><cidrIp>10.0.0.0/8</cidrIp></item></ipRanges></item>"
          "</unknownIpPermissionSet>")
          .value()
          .unknown;
  REQUIRE(unknown.size() == 1);
  CHECK(unknown[0] == rule(Direction::inbound, Protocol::tcp, 22, 22, {"10.0.0.0/8"}));
  CHECK(revoked("<return>false</return>").error().message ==
        "the reply is not one of this service: it does not say that it was done");
  CHECK(revoked("").error().code == ErrorCode::unknown);
}

TEST_CASE("replies about firewalls that say too little are errors") {
  CHECK(read_created_group(Fixture::xml_reply("CreateSecurityGroup", "<return>true</return>")).error().message ==
        "the reply is not one of this service: it has no groupId");
  CHECK(read_created_group(Fixture::xml_reply("Other", "<groupId>sg-1</groupId>")).error().code == ErrorCode::unknown);
  CHECK(read_default_vpc(Fixture::xml_reply("DescribeVpcs", "<vpcSet/>")).value().empty());
  CHECK(read_default_vpc(Fixture::xml_reply("DescribeVpcs", "<vpcSet><item><vpcId>vpc-1</vpcId></item></vpcSet>"))
            .value() == "vpc-1");
}

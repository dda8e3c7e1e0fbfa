#include "aws/ec2/driver.h"

#include "fixture.h"
#include "support/contains.h"

#include <cloudkit/compute.h>
#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace cloudkit;
using cloudkit::testing::Fixture;
using cloudkit::testing::instance_xml;
using cloudkit::testing::kInstanceId;
using cloudkit::testing::machine;
using cloudkit::testing::reservations_xml;

namespace {

using Texts = std::vector<std::string>;

// "RunInstances", "DescribeImages", …
Texts actions(const Fixture& fixture) {
  Texts all;
  for (const std::string& sent : fixture.sent) {
    const auto begin = sent.find("Action=") + 7;
    all.push_back(sent.substr(begin, sent.find('&', begin) - begin));
  }
  return all;
}

using ::test::contains;

FirewallRule port(int number, Direction direction = Direction::inbound) {
  FirewallRule rule;
  rule.direction = direction;
  rule.from = rule.to = number;
  rule.cidrs = {"0.0.0.0/0"};
  return rule;
}

const std::string kLaunched = "<instancesSet>" + instance_xml("pending") + "</instancesSet>";

}  // namespace

TEST_CASE("a launch is one request") {
  Fixture fixture;
  fixture.answers_to("RunInstances", kLaunched);
  const auto made = fixture.driver->create(machine(), {});
  REQUIRE(made);
  CHECK(made->id == kInstanceId);
  CHECK(made->state == InstanceState::pending);
  CHECK(actions(fixture) == Texts{"RunInstances"});
}

TEST_CASE("a disk of another size is that of the image's root, which is looked up") {
  Fixture fixture;
  fixture.answers_to("DescribeImages",
                     "<imagesSet><item><imageId>ami-1</imageId><rootDeviceName>/dev/xvda</rootDeviceName></item>"
                     "</imagesSet>");
  fixture.answers_to("RunInstances", kLaunched);
  InstanceSpec spec = machine();
  spec.disk_gib = 20;
  REQUIRE(fixture.driver->create(spec, {}));
  CHECK(actions(fixture) == Texts{"DescribeImages", "RunInstances"});
  CHECK(contains(fixture.sent.at(1),
                 "&BlockDeviceMapping.1.DeviceName=%2Fdev%2Fxvda&BlockDeviceMapping.1.Ebs.VolumeSize=20&"));

  fixture.answers_to("DescribeImages", "<imagesSet><item><imageId>ami-1</imageId></item></imagesSet>");
  CHECK(fixture.driver->create(spec, {}).error().message ==
        "the image ami-1 says nothing of a disk whose size could be changed");
  fixture.answers_to("DescribeImages", "<imagesSet/>");
  CHECK(fixture.driver->create(spec, {}).error().hint == "ids are per region; region is us-west-2");
}

TEST_CASE("a launch whose reply is lost is repeated with its token") {
  Fixture fixture;
  fixture.then(502);
  fixture.answers_to("RunInstances", kLaunched);
  REQUIRE(fixture.driver->create(machine(), {}));
  CHECK(fixture.sent.at(0) == fixture.sent.at(1));
  CHECK(contains(fixture.sent.at(1), "ClientToken=t-1"));
}

TEST_CASE("what a launch needs and was made just now may come; an image does not") {
  const auto error = [](const char* code) {
    Fixture fixture;
    fixture.refuse(400, code);
    return fixture.driver->create(machine(), {}).error();
  };
  CHECK(error("InvalidGroup.NotFound").retryable);
  CHECK(error("InvalidKeyPair.NotFound").retryable);
  CHECK_FALSE(error("InvalidAMIID.NotFound").retryable);
  CHECK(error("InvalidAMIID.NotFound").hint == "ids are per region; region is us-west-2");
  CHECK_FALSE(error("InvalidSubnetID.NotFound").retryable);
}

TEST_CASE("one machine is looked up by its id") {
  Fixture fixture;
  fixture.answers_to("DescribeInstances", reservations_xml(instance_xml()));
  CHECK(fixture.driver->get(kInstanceId, {}).value().state == InstanceState::running);
  CHECK(fixture.sent.at(0) == "POST ec2/ Action=DescribeInstances&Version=2016-11-15&InstanceId.1=" + kInstanceId);
  fixture.answers_to("DescribeInstances", "<reservationSet/>");
  const Error missing = fixture.driver->get(kInstanceId, {}).error();
  CHECK(missing.code == ErrorCode::not_found);
  CHECK(missing.message == "there is no such machine");
  // Another one is no answer.
  fixture.answers_to("DescribeInstances", reservations_xml(instance_xml()));
  CHECK(fixture.driver->get("i-2", {}).error().code == ErrorCode::not_found);
}

TEST_CASE("listings go on by their token, and ask for nothing that cannot be") {
  Fixture fixture;
  fixture.answers_to("DescribeInstances", reservations_xml(instance_xml()) + "<nextToken>n/1</nextToken>");
  fixture.answers_to("DescribeInstances", "<reservationSet/>");
  const auto first = fixture.driver->list_page({}, {}, {});
  REQUIRE(first);
  CHECK(fixture.driver->list_page({}, first->next_page_token, {}).value().next_page_token.empty());
  CHECK(fixture.sent.at(1) == "POST ec2/ Action=DescribeInstances&Version=2016-11-15&MaxResults=200&NextToken=n%2F1");
  CHECK(fixture.driver->list_page({.states = {InstanceState::failed}}, {}, {}).value().instances.empty());
  CHECK(fixture.sent.size() == 2);
}

TEST_CASE("machines are started, stopped, rebooted and ended by a request each") {
  Fixture fixture;
  const std::string changed = "<instancesSet><item><instanceId>" + kInstanceId +
                              "</instanceId><currentState><code>32</code><name>shutting-down</name></currentState>"
                              "</item></instancesSet>";
  fixture.answers_to("StartInstances", changed).answers_to("StopInstances", changed);
  fixture.answers_to("RebootInstances").answers_to("TerminateInstances", changed);
  CHECK(fixture.driver->start(kInstanceId, {}));
  CHECK(fixture.driver->stop(kInstanceId, {}));
  CHECK(fixture.driver->reboot(kInstanceId, {}));
  CHECK(fixture.driver->destroy(kInstanceId, {}).value().state == InstanceState::terminating);
  CHECK(actions(fixture) == Texts{"StartInstances", "StopInstances", "RebootInstances", "TerminateInstances"});
  fixture.then(200, "<html/>");
  CHECK(fixture.driver->start(kInstanceId, {}).error().code == ErrorCode::unknown);
}

TEST_CASE("without tags there is nothing to do: the service would take away all") {
  Fixture fixture;
  CHECK(fixture.driver->set_tags(kInstanceId, {}, {}));
  CHECK(fixture.driver->remove_tags(kInstanceId, {}, {}));
  CHECK(fixture.sent.empty());
  fixture.answers_to("CreateTags").answers_to("DeleteTags");
  CHECK(fixture.driver->set_tags(kInstanceId, {{"a", ""}}, {}));
  CHECK(fixture.driver->remove_tags(kInstanceId, {"a"}, {}));
  CHECK(fixture.sent.at(0) ==
        "POST ec2/ Action=CreateTags&Version=2016-11-15&ResourceId.1=" + kInstanceId + "&Tag.1.Key=a&Tag.1.Value=");
}

TEST_CASE("a firewall by name is looked for in the default network") {
  Fixture fixture;
  fixture.answers_to("DescribeVpcs", "<vpcSet><item><vpcId>vpc-1</vpcId></item></vpcSet>");
  fixture.answers_to("DescribeSecurityGroups", "<securityGroupInfo/>");
  CHECK(fixture.driver->list_firewalls_page("web", "", "", {}).value().firewalls.empty());
  CHECK(contains(fixture.sent.at(1),
                 "&Filter.1.Name=group-name&Filter.1.Value.1=web&Filter.2.Name=vpc-id"
                 "&Filter.2.Value.1=vpc-1&MaxResults=200"));
  fixture.answers_to("DescribeSecurityGroups", "<securityGroupInfo/>");
  CHECK(fixture.driver->list_firewalls_page("", "", "", {}));
  CHECK_FALSE(contains(fixture.sent.at(2), "Filter"));
  fixture.answers_to("DescribeVpcs", "<vpcSet/>");
  const Error none = fixture.driver->list_firewalls_page("web", "", "", {}).error();
  CHECK(none.code == ErrorCode::not_found);
  CHECK(none.message == "no network is named, and there is none by default");
  CHECK(none.hint ==
        "the region has no default VPC: name a network and a subnet, or make one: aws ec2 create-default-vpc");
}

TEST_CASE("a new firewall lets everything out") {
  Fixture fixture;
  fixture.answers_to("CreateSecurityGroup", "<groupId>sg-1</groupId><return>true</return>");
  const auto made = fixture.driver->create_firewall({.name = "web"}, {});
  REQUIRE(made);
  CHECK(made->id == "sg-1");
  REQUIRE(made->rules.size() == 1);
  CHECK(made->rules[0].direction == Direction::outbound);
  CHECK(made->rules[0].protocol == Protocol::all);
  CHECK(made->rules[0].cidrs == Texts{"0.0.0.0/0"});
  fixture.refuse(400, "InvalidGroup.Duplicate");
  CHECK(fixture.driver->create_firewall({.name = "web"}, {}).error().code == ErrorCode::already_exists);
}

TEST_CASE("rules of a direction go together, and nothing goes for none") {
  Fixture fixture;
  fixture.answers_to("AuthorizeSecurityGroupIngress").answers_to("AuthorizeSecurityGroupEgress");
  CHECK(fixture.driver->authorize_rules("sg-1", {port(22), port(53, Direction::outbound), port(80)}, {}));
  CHECK(actions(fixture) == Texts{"AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress"});
  CHECK(contains(fixture.sent.at(0), "IpPermissions.2.FromPort=80"));
  CHECK(fixture.driver->authorize_rules("sg-1", {}, {}));
  CHECK(fixture.driver->revoke_rules("sg-1", {}, {}));
  CHECK(fixture.sent.size() == 2);
}

TEST_CASE("a rule that is there already is success, and keeps no other one out") {
  Fixture fixture;
  fixture.refuse(400, "InvalidPermission.Duplicate");
  CHECK(fixture.driver->authorize_rules("sg-1", {port(22)}, {}));
  CHECK(fixture.sent.size() == 1);
  fixture.refuse(400, "InvalidPermission.Duplicate").refuse(400, "InvalidPermission.Duplicate");
  fixture.answers_to("AuthorizeSecurityGroupIngress");
  CHECK(fixture.driver->authorize_rules("sg-1", {port(22), port(80)}, {}));
  CHECK(fixture.sent.size() == 4);
  CHECK(contains(fixture.sent.back(), "IpPermissions.1.FromPort=80"));
  // Any other refusal ends it.
  fixture.refuse(400, "InvalidPermission.Duplicate").refuse(400, "RulesPerSecurityGroupLimitExceeded");
  CHECK(fixture.driver->authorize_rules("sg-1", {port(22), port(80)}, {}).error().code == ErrorCode::permission_denied);
  CHECK(fixture.answers.empty());
  fixture.refuse(400, "InvalidGroup.NotFound");
  CHECK(fixture.driver->authorize_rules("sg-1", {port(22)}, {}).error().code == ErrorCode::not_found);
}

TEST_CASE("a rule that is gone already is success in each of the service's forms") {
  Fixture fixture;
  fixture.refuse(400, "InvalidPermission.NotFound");
  CHECK(fixture.driver->revoke_rules("sg-1", {port(22)}, {}));
  // A group that is gone is not.
  fixture.refuse(400, "InvalidGroup.NotFound");
  CHECK(fixture.driver->revoke_rules("sg-1", {port(22)}, {}).error().code == ErrorCode::not_found);

  const std::string unknown = "<return>true</return><unknownIpPermissionSet><item/></unknownIpPermissionSet>";
  const auto group = [](const std::string& from) {
    return "<securityGroupInfo><item><groupId>sg-1</groupId><ipPermissions><item><ipProtocol>tcp</"
           "ipProtocol><fromPort>" +
           from + "</fromPort><toPort>" + from +
           "</toPort><ipRanges><item><cidrIp>0.0.0.0/0</cidrIp><description>d</description></item></ipRanges></item>"
           "</ipPermissions></item></securityGroupInfo>";
  };
  fixture.answers_to("RevokeSecurityGroupIngress", unknown).answers_to("DescribeSecurityGroups", group("80"));
  CHECK(fixture.driver->revoke_rules("sg-1", {port(22)}, {}));
  fixture.answers_to("RevokeSecurityGroupIngress", unknown).answers_to("DescribeSecurityGroups", group("22"));
  const Error still = fixture.driver->revoke_rules("sg-1", {port(22)}, {}).error();
  CHECK(still.code == ErrorCode::conflict);
  CHECK(still.message == "the service did not revoke the rule, and it is there still");
  CHECK(still.retryable);
  // What was revoked may be seen for a while: only what was not known is looked for.
  const std::string other =
      "<return>true</return><unknownIpPermissionSet><item><ipProtocol>tcp</ipProtocol><fromPort>80</fromPort><toPort>80"
      "</toPort><ipRanges><item><cidrIp>0.0.0.0/0</cidrIp></item></ipRanges></item></unknownIpPermissionSet>";
  fixture.answers_to("RevokeSecurityGroupIngress", other).answers_to("DescribeSecurityGroups", group("22"));
  CHECK(fixture.driver->revoke_rules("sg-1", {port(22), port(80)}, {}));
}

TEST_CASE("a firewall in use is a conflict that ends by itself") {
  Fixture fixture;
  fixture.refuse(400, "DependencyViolation", "resource sg-1 has a dependent object");
  const Error busy = fixture.driver->destroy_firewall("sg-1", {}).error();
  CHECK(busy.code == ErrorCode::conflict);
  CHECK(busy.retryable);
  fixture.answers_to("DeleteSecurityGroup");
  CHECK(fixture.driver->destroy_firewall("sg-1", {}));
  fixture.refuse(400, "InvalidGroup.NotFound");
  CHECK(fixture.driver->destroy_firewall("sg-1", {}).error().code == ErrorCode::not_found);
}

TEST_CASE("a firewall is attached where a network interface has it, whosever that is") {
  Fixture fixture;
  fixture.answers_to("DescribeNetworkInterfaces",
                     "<networkInterfaceSet><item><networkInterfaceId>eni-1</networkInterfaceId></item>"
                     "</networkInterfaceSet>");
  CHECK(fixture.driver->is_firewall_attached("sg-1", {}).value());
  CHECK(contains(fixture.sent.at(0), "Filter.1.Name=group-id&Filter.1.Value.1=sg-1"));
  fixture.answers_to("DescribeNetworkInterfaces", "<networkInterfaceSet/><nextToken>more</nextToken>");
  CHECK(fixture.driver->is_firewall_attached("sg-1", {}).value());
  fixture.answers_to("DescribeNetworkInterfaces", "<networkInterfaceSet/>");
  CHECK_FALSE(fixture.driver->is_firewall_attached("sg-1", {}).value());
  fixture.refuse(403, "UnauthorizedOperation");
  CHECK(fixture.driver->is_firewall_attached("sg-1", {}).error().code == ErrorCode::permission_denied);
}

TEST_CASE("volumes are made, found, attached, detached and destroyed") {
  Fixture fixture;
  fixture.answers_to("CreateVolume", "<volumeId>vol-1</volumeId><status>creating</status>");
  fixture.answers_to("DescribeVolumes", "<volumeSet><item><volumeId>vol-1</volumeId></item></volumeSet>");
  fixture.answers_to("DescribeVolumes", "<volumeSet/>").answers_to("DescribeVolumes", "<volumeSet/>");
  fixture.answers_to("AttachVolume", "<status>attaching</status>").answers_to("DetachVolume", "");
  fixture.answers_to("DeleteVolume").refuse(400, "InvalidVolume.NotFound");
  CHECK(fixture.driver->create_volume({.size_gib = 1, .zone = "us-west-2a"}, {}).value().id == "vol-1");
  CHECK(fixture.driver->get_volume("vol-1", {}).value().id == "vol-1");
  CHECK(fixture.driver->get_volume("vol-1", {}).error().code == ErrorCode::not_found);
  CHECK(fixture.driver->list_volumes_page({}, {}).value().volumes.empty());
  CHECK(fixture.driver->attach_volume("vol-1", kInstanceId, "/dev/sdf", {}));
  CHECK(fixture.driver->detach_volume("vol-1", {}));
  CHECK(fixture.driver->destroy_volume("vol-1", {}));
  CHECK(fixture.driver->destroy_volume("vol-1", {}).error().code == ErrorCode::not_found);
}

TEST_CASE("a volume that is going already is destroyed, one that is not yet made is a conflict") {
  const auto destroyed = [](const std::string& state) {
    Fixture fixture;
    fixture.refuse(400, "IncorrectState", "The volume is not available");
    fixture.answers_to("DescribeVolumes",
                       "<volumeSet><item><volumeId>vol-1</volumeId><status>" + state + "</status></item></volumeSet>");
    return fixture.driver->destroy_volume("vol-1", {});
  };
  CHECK(destroyed("deleting"));
  CHECK(destroyed("deleted"));
  Fixture gone;
  gone.refuse(400, "IncorrectState").refuse(400, "InvalidVolume.NotFound");
  CHECK(gone.driver->destroy_volume("vol-1", {}));
  const auto early = destroyed("creating");
  REQUIRE_FALSE(early);
  CHECK(early.error().code == ErrorCode::conflict);
  CHECK(early.error().message == "The volume is not available");
}

TEST_CASE("a question that is lost has changed nothing, a change may have happened") {
  const auto lost = [](auto ask) {
    Fixture fixture;
    for (int i = 0; i < 4; ++i) fixture.then(502);
    return ask(*fixture.driver).error().may_have_happened;
  };
  using aws::ec2::Ec2Driver;
  CHECK_FALSE(lost([](Ec2Driver& ec2) { return ec2.get(kInstanceId, {}); }));
  CHECK_FALSE(lost([](Ec2Driver& ec2) { return ec2.list_page({}, {}, {}); }));
  CHECK_FALSE(lost([](Ec2Driver& ec2) { return ec2.console(kInstanceId, {}); }));
  CHECK_FALSE(lost([](Ec2Driver& ec2) { return ec2.get_firewall("sg-1", {}); }));
  CHECK_FALSE(lost([](Ec2Driver& ec2) { return ec2.list_firewalls_page("web", {}, {}, {}); }));
  CHECK_FALSE(lost([](Ec2Driver& ec2) { return ec2.list_firewalls_page({}, {}, {}, {}); }));
  CHECK_FALSE(lost([](Ec2Driver& ec2) { return ec2.list_keys({}); }));
  CHECK_FALSE(lost([](Ec2Driver& ec2) { return ec2.resolve_image("ami-1", {}); }));
  CHECK_FALSE(lost([](Ec2Driver& ec2) { return ec2.resolve_image("al2023", {}); }));
  CHECK_FALSE(lost([](Ec2Driver& ec2) { return ec2.get_volume("vol-1", {}); }));
  CHECK_FALSE(lost([](Ec2Driver& ec2) { return ec2.list_volumes_page({}, {}); }));
  CHECK_FALSE(lost([](Ec2Driver& ec2) { return ec2.agent_ready(kInstanceId, {}); }));
  CHECK_FALSE(lost([](Ec2Driver& ec2) { return ec2.poll_command(kInstanceId, "c-1", {}); }));
  CHECK(lost([](Ec2Driver& ec2) { return ec2.stop(kInstanceId, {}); }));
  CHECK(lost([](Ec2Driver& ec2) { return ec2.create(machine(), {}); }));
  CHECK(lost([](Ec2Driver& ec2) { return ec2.cancel_command(kInstanceId, "c-1", {}); }));
}

TEST_CASE("a change that was answered in a way that nobody understands may have happened") {
  const auto garbled = [](auto ask) {
    Fixture fixture;
    fixture.then(200, "<html>");
    const Error error = ask(*fixture.driver).error();
    CHECK(error.code == ErrorCode::unknown);
    return error.may_have_happened;
  };
  using aws::ec2::Ec2Driver;
  CHECK(garbled([](Ec2Driver& ec2) { return ec2.create(machine(), {}); }));
  CHECK(garbled([](Ec2Driver& ec2) { return ec2.destroy(kInstanceId, {}); }));
  CHECK(garbled([](Ec2Driver& ec2) { return ec2.stop(kInstanceId, {}); }));
  CHECK(garbled([](Ec2Driver& ec2) { return ec2.create_firewall({.name = "web"}, {}); }));
  CHECK(garbled([](Ec2Driver& ec2) { return ec2.authorize_rules("sg-1", {port(22)}, {}); }));
  CHECK(garbled([](Ec2Driver& ec2) { return ec2.revoke_rules("sg-1", {port(22)}, {}); }));
  CHECK(garbled([](Ec2Driver& ec2) { return ec2.import_key("k", "ssh-ed25519 A", {}); }));
  CHECK(garbled([](Ec2Driver& ec2) { return ec2.create_volume({.size_gib = 1, .zone = "z"}, {}); }));
  CHECK(garbled([](Ec2Driver& ec2) { return ec2.submit_command(kInstanceId, {"true"}, {}); }));
  CHECK_FALSE(garbled([](Ec2Driver& ec2) { return ec2.get(kInstanceId, {}); }));
  CHECK_FALSE(garbled([](Ec2Driver& ec2) { return ec2.list_keys({}); }));
}

TEST_CASE("a firewall whose rules name a list of addresses can be declared as it was read") {
  const std::string group =
      "<securityGroupInfo><item><groupId>sg-0123456789abcdef0</groupId><groupName>web</groupName><vpcId>vpc-1</vpcId>"
      "<ipPermissions><item><ipProtocol>tcp</ipProtocol><fromPort>443</fromPort><toPort>443</toPort><prefixListIds>"
      "<item><prefixListId>pl-3b927c52</prefixListId></item></prefixListIds></item></ipPermissions></item>"
      "</securityGroupInfo>";
  Fixture fixture;
  const Compute compute(fixture.driver);
  fixture.answers_to("DescribeSecurityGroups", group);
  const auto read = compute.get_firewall("sg-0123456789abcdef0").value();
  CHECK(read.rules.at(0).peer_firewall == "pl-3b927c52");
  fixture.answers_to("DescribeSecurityGroups", group).answers_to("DescribeSecurityGroups", group);
  CHECK(compute.set_rules("sg-0123456789abcdef0", read.rules));
  for (const std::string& action : actions(fixture)) CHECK(action == "DescribeSecurityGroups");
}

TEST_CASE("EC2 and Systems Manager are asked in the region's own cloud") {
  Fixture fixture({.region = "cn-north-1"});
  std::vector<std::string> hosts;
  const auto remember = [&](const http::Request& request, http::BodyReceiver*, const Context&) {
    hosts.push_back(request.host);
    http::Exchange exchange;
    exchange.response.status = 400;
    return exchange;
  };
  fixture.then(remember).then(remember);
  CHECK_FALSE(fixture.driver->get(kInstanceId, {}));
  CHECK_FALSE(fixture.driver->agent_ready(kInstanceId, {}).has_value());
  CHECK(hosts == Texts{"ec2.cn-north-1.amazonaws.com.cn", "ssm.cn-north-1.amazonaws.com.cn"});
}

#include "golden/requests.h"

#include "aws/ec2/firewalls.h"
#include "aws/ec2/images.h"
#include "aws/ec2/instances.h"
#include "aws/ec2/keys.h"
#include "aws/ec2/volumes.h"
#include "aws/ssm/protocol.h"

using namespace cloudkit;
using namespace std::chrono_literals;
namespace ec2 = cloudkit::aws::ec2;
namespace ssm = cloudkit::aws::ssm;

namespace {

const std::string kId = "i-0123456789abcdef0";
const std::string kGroup = "sg-0123456789abcdef0";
const std::string kVolume = "vol-0123456789abcdef0";
const std::string kOneInstance = R"({"InstanceIds":["i-0123456789abcdef0"]})";
const std::string kCommand = "11111111-2222-3333-4444-555555555555";

// What goes with every launch.
std::string launch_json(const std::string& more, const char* tokens = "required") {
  return R"({"ImageId":"ami-1","InstanceType":"t2.micro","MinCount":1,"MaxCount":1,"ClientToken":"Token-1",)"
         R"("MetadataOptions":{"HttpTokens":")" +
         std::string(tokens) + R"(","HttpPutResponseHopLimit":2})" + more + "}";
}

InstanceSpec machine() {
  InstanceSpec spec;
  spec.image = "ami-1";
  spec.type = "t2.micro";
  spec.token = "Token-1";
  return spec;
}

void add_launches(std::vector<GoldenRequest>& all) {
  all.push_back({"ec2", "run_instances", launch_json(""), ec2::run_instances(machine(), "").value()});

  InstanceSpec full = machine();
  full.name = "web";
  full.firewalls = {"sg-1", "sg-2"};
  full.key = "laptop";
  full.subnet = "subnet-1";
  full.zone = "us-west-2b";
  full.identity = "profile";
  full.user_data = "#!/bin/sh\necho \xC3\xA4 & + =\n";
  full.disk_gib = 20;
  full.tags = {{"team", "blue & green"}, {"empty", ""}};
  full.metadata_v2_only = false;
  const std::string rest = R"(,"KeyName":"laptop","Placement":{"AvailabilityZone":"us-west-2b"},)"
                           R"("UserData":"#!/bin/sh\necho ä & + =\n",)"
                           R"("BlockDeviceMappings":[{"DeviceName":"/dev/xvda","Ebs":{"VolumeSize":20}}],)"
                           R"("TagSpecifications":[{"ResourceType":"instance","Tags":[{"Key":"Name","Value":"web"},)"
                           R"({"Key":"empty","Value":""},{"Key":"team","Value":"blue & green"}]}])";
  all.push_back({"ec2", "run_instances",
                 launch_json(R"(,"SubnetId":"subnet-1","SecurityGroupIds":["sg-1","sg-2"],)"
                             R"("IamInstanceProfile":{"Name":"profile"})" +
                                 rest,
                             "optional"),
                 ec2::run_instances(full, "/dev/xvda").value()});

  full.public_ip = true;
  full.identity = "arn:aws:iam::123456789012:instance-profile/p";
  all.push_back({"ec2", "run_instances",
                 launch_json(R"(,"NetworkInterfaces":[{"DeviceIndex":0,"SubnetId":"subnet-1",)"
                             R"("AssociatePublicIpAddress":true,"Groups":["sg-1","sg-2"]}],)"
                             R"("IamInstanceProfile":{"Arn":"arn:aws:iam::123456789012:instance-profile/p"})" +
                                 rest,
                             "optional"),
                 ec2::run_instances(full, "/dev/xvda").value()});

  InstanceSpec hidden = machine();
  hidden.public_ip = false;
  all.push_back({"ec2", "run_instances",
                 launch_json(R"(,"NetworkInterfaces":[{"DeviceIndex":0,"AssociatePublicIpAddress":false}])"),
                 ec2::run_instances(hidden, "").value()});
}

void add_instances(std::vector<GoldenRequest>& all) {
  all.push_back({"ec2", "describe_instances", kOneInstance, ec2::describe_instance(kId)});
  all.push_back({"ec2", "describe_instances", R"({"MaxResults":200})", ec2::describe_instances({}, "", 200)});
  InstanceFilter filter;
  filter.name = "w*b?";
  filter.ids = {"i-1", "i-2"};
  filter.states = {InstanceState::running, InstanceState::terminating, InstanceState::failed};
  filter.tags = {{"a b", "c\\d"}};
  filter.token = "t";
  all.push_back({"ec2", "describe_instances",
                 R"({"MaxResults":5,"NextToken":"a/b+c=","Filters":[{"Name":"instance-id","Values":["i-1","i-2"]},)"
                 R"({"Name":"instance-state-name","Values":["running","shutting-down"]},)"
                 R"({"Name":"tag:Name","Values":["w\\*b\\?"]},{"Name":"tag:a b","Values":["c\\\\d"]},)"
                 R"({"Name":"client-token","Values":["t"]}]})",
                 ec2::describe_instances(filter, "a/b+c=", 5)});
  all.push_back({"ec2", "start_instances", kOneInstance, ec2::start_instance(kId)});
  all.push_back({"ec2", "stop_instances", kOneInstance, ec2::stop_instance(kId)});
  all.push_back({"ec2", "reboot_instances", kOneInstance, ec2::reboot_instance(kId)});
  all.push_back({"ec2", "terminate_instances", kOneInstance, ec2::terminate_instance(kId)});
  all.push_back({"ec2", "get_console_output", R"({"InstanceId":")" + kId + R"("})", ec2::get_console_output(kId)});
  all.push_back({"ec2", "create_tags", R"({"Resources":[")" + kId + R"("],"Tags":[{"Key":"a","Value":"ä"}]})",
                 ec2::create_tags(kId, {{"a", "\xC3\xA4"}})});
  all.push_back({"ec2", "delete_tags", R"({"Resources":[")" + kId + R"("],"Tags":[{"Key":"a"},{"Key":"b c"}]})",
                 ec2::delete_tags(kId, {"a", "b c"})});
}

FirewallRule rule(Protocol protocol, int from, int to, std::string cidr, std::string peer = {}) {
  FirewallRule made;
  made.protocol = protocol;
  made.from = from;
  made.to = to;
  if (!cidr.empty()) made.cidrs = {std::move(cidr)};
  made.peer_firewall = std::move(peer);
  return made;
}

void add_rules(std::vector<GoldenRequest>& all) {
  std::vector<FirewallRule> rules = {
      rule(Protocol::tcp, 22, 22, "0.0.0.0/0"), rule(Protocol::udp, 0, 65535, "2001:db8::/32"),
      rule(Protocol::icmp, 0, 0, "10.0.0.0/8"), rule(Protocol::icmp, 0, 0, "::/0"),
      rule(Protocol::all, 0, 0, "", "sg-2"),    rule(Protocol::tcp, 443, 443, "", "pl-1"),
  };
  rules[0].description = "ssh & more";
  rules[1].description = "v6";
  rules[4].description = "peers";
  rules[5].description = "list";
  const auto json = [](bool described) {
    const auto text = [&](const char* words) {
      return described ? std::string(R"(,"Description":")") + words + "\"" : std::string();
    };
    return R"({"GroupId":"sg-0123456789abcdef0","IpPermissions":[)"
           R"({"IpProtocol":"tcp","FromPort":22,"ToPort":22,"IpRanges":[{"CidrIp":"0.0.0.0/0")" +
           text("ssh & more") +
           R"(}]},{"IpProtocol":"udp","FromPort":0,"ToPort":65535,"Ipv6Ranges":[{"CidrIpv6":"2001:db8::/32")" +
           text("v6") +
           R"(}]},{"IpProtocol":"icmp","FromPort":-1,"ToPort":-1,"IpRanges":[{"CidrIp":"10.0.0.0/8"}]},)"
           R"({"IpProtocol":"icmpv6","FromPort":-1,"ToPort":-1,"Ipv6Ranges":[{"CidrIpv6":"::/0"}]},)"
           R"({"IpProtocol":"-1","UserIdGroupPairs":[{"GroupId":"sg-2")" +
           text("peers") +
           R"(}]},{"IpProtocol":"tcp","FromPort":443,"ToPort":443,"PrefixListIds":[{"PrefixListId":"pl-1")" +
           text("list") + R"(}]}]})";
  };
  all.push_back(
      {"ec2", "authorize_security_group_ingress", json(true), ec2::authorize_rules(kGroup, Direction::inbound, rules)});
  all.push_back(
      {"ec2", "authorize_security_group_egress", json(true), ec2::authorize_rules(kGroup, Direction::outbound, rules)});
  all.push_back(
      {"ec2", "revoke_security_group_ingress", json(false), ec2::revoke_rules(kGroup, Direction::inbound, rules)});
  all.push_back(
      {"ec2", "revoke_security_group_egress", json(false), ec2::revoke_rules(kGroup, Direction::outbound, rules)});
}

void add_firewalls(std::vector<GoldenRequest>& all) {
  all.push_back({"ec2", "create_security_group", R"({"GroupName":"web","Description":"managed by cloudkit"})",
                 ec2::create_security_group({.name = "web"})});
  all.push_back(
      {"ec2", "create_security_group",
       R"({"GroupName":"web","Description":"d","VpcId":"vpc-1","TagSpecifications":[)"
       R"({"ResourceType":"security-group","Tags":[{"Key":"a","Value":"1"}]}]})",
       ec2::create_security_group({.name = "web", .description = "d", .network = "vpc-1", .tags = {{"a", "1"}}})});
  all.push_back({"ec2", "describe_security_groups", R"({"GroupIds":[")" + kGroup + R"("]})",
                 ec2::describe_security_group(kGroup)});
  all.push_back({"ec2", "describe_security_groups",
                 R"({"MaxResults":200,"NextToken":"n","Filters":[{"Name":"group-name","Values":["web"]},)"
                 R"({"Name":"vpc-id","Values":["vpc-1"]}]})",
                 ec2::describe_security_groups("web", "vpc-1", "n", 200)});
  all.push_back(
      {"ec2", "delete_security_group", R"({"GroupId":")" + kGroup + R"("})", ec2::delete_security_group(kGroup)});
  all.push_back({"ec2", "describe_vpcs", R"({"Filters":[{"Name":"is-default","Values":["true"]}]})",
                 ec2::describe_default_vpc()});
  add_rules(all);
}

void add_surroundings(std::vector<GoldenRequest>& all) {
  all.push_back({"ec2", "import_key_pair", R"({"KeyName":"laptop","PublicKeyMaterial":"c3NoLWVkMjU1MTkgQUFBQSBtZQ=="})",
                 ec2::import_key_pair("laptop", "ssh-ed25519 AAAA me")});
  all.push_back({"ec2", "describe_key_pairs", "{}", ec2::describe_key_pairs()});
  all.push_back({"ec2", "delete_key_pair", R"({"KeyName":"laptop"})", ec2::delete_key_pair("laptop")});
  all.push_back({"ec2", "describe_images", R"({"ImageIds":["ami-1"]})", ec2::describe_image("ami-1")});
  all.push_back(
      {"ec2", "create_volume",
       R"({"AvailabilityZone":"us-west-2a","Size":8,"VolumeType":"gp3","ClientToken":"Token-2","TagSpecifications":[)"
       R"({"ResourceType":"volume","Tags":[{"Key":"a","Value":"1"}]}]})",
       ec2::create_volume(
           {.size_gib = 8, .zone = "us-west-2a", .type = "gp3", .tags = {{"a", "1"}}, .token = "Token-2"})});
  all.push_back({"ec2", "describe_volumes", R"({"VolumeIds":[")" + kVolume + R"("]})", ec2::describe_volume(kVolume)});
  all.push_back({"ec2", "describe_volumes", R"({"MaxResults":200,"NextToken":"n"})", ec2::describe_volumes("n", 200)});
  all.push_back({"ec2", "attach_volume",
                 R"({"VolumeId":")" + kVolume + R"(","InstanceId":")" + kId + R"(","Device":"/dev/sdf"})",
                 ec2::attach_volume(kVolume, kId, "/dev/sdf")});
  all.push_back({"ec2", "detach_volume", R"({"VolumeId":")" + kVolume + R"("})", ec2::detach_volume(kVolume)});
  all.push_back({"ec2", "delete_volume", R"({"VolumeId":")" + kVolume + R"("})", ec2::delete_volume(kVolume)});
}

void add_commands(std::vector<GoldenRequest>& all) {
  all.push_back({"ssm", "get_parameter", R"({"Name":"/aws/service/debian/release/12/latest/amd64"})",
                 ssm::get_parameter("/aws/service/debian/release/12/latest/amd64").value()});
  all.push_back({"ssm", "describe_instance_information",
                 R"({"Filters":[{"Key":"InstanceIds","Values":["i-0123456789abcdef0"]}]})",
                 ssm::describe_instance_information(kId).value()});
  all.push_back({"ssm", "send_command",
                 R"({"DocumentName":"AWS-RunShellScript","InstanceIds":["i-0123456789abcdef0"],"TimeoutSeconds":30,)"
                 R"("Parameters":{"commands":["echo \"ä\"\nexit 3\n"],"executionTimeout":["5"]}})",
                 ssm::send_command(kId, {"echo \"\xC3\xA4\"\nexit 3\n", 5s}).value()});
  const std::string both = R"({"CommandId":")" + kCommand + R"(","InstanceId":"i-0123456789abcdef0"})";
  all.push_back({"ssm", "get_command_invocation", both, ssm::get_command_invocation(kId, kCommand).value()});
  all.push_back({"ssm", "cancel_command",
                 R"({"CommandId":")" + kCommand + R"(","InstanceIds":["i-0123456789abcdef0"]})",
                 ssm::cancel_command(kId, kCommand).value()});
}

}  // namespace

std::vector<GoldenRequest> golden_requests() {
  std::vector<GoldenRequest> all;
  add_launches(all);
  add_instances(all);
  add_firewalls(all);
  add_surroundings(all);
  add_commands(all);
  return all;
}

#include "aws/ec2/instances.h"

#include "fixture.h"
#include "support/contains.h"

#include <cloudkit/compute.h>
#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::aws::ec2;
using cloudkit::testing::Fixture;
using cloudkit::testing::instance_xml;
using cloudkit::testing::machine;
using cloudkit::testing::reservations_xml;

namespace {

std::string body(const Result<aws::service::Call>& call) { return call.value().body; }
using ::test::contains;

Instance one(const std::string& item) {
  return read_instances(Fixture::xml_reply("DescribeInstances", reservations_xml(item))).value().instances.at(0);
}

}  // namespace

TEST_CASE("a launch makes one machine that asks for tokens, and may be repeated by its own") {
  const auto call = run_instances(machine(), "");
  CHECK(body(call) ==
        "Action=RunInstances&Version=2016-11-15&ImageId=ami-1&InstanceType=t2.micro&MinCount=1&MaxCount=1"
        "&MetadataOptions.HttpTokens=required&MetadataOptions.HttpPutResponseHopLimit=2&ClientToken=t-1");
  CHECK(call->idempotent);
  InstanceSpec tokenless = machine();
  tokenless.token.clear();
  CHECK_FALSE(run_instances(tokenless, "")->idempotent);
}

TEST_CASE("the name is the tag Name, and never another one") {
  InstanceSpec spec = machine();
  spec.name = "web";
  CHECK(tags_of(spec).value() == Tags{{"Name", "web"}});
  spec.tags = {{"Name", "web"}, {"a", "1"}};
  CHECK(tags_of(spec).value() == Tags{{"Name", "web"}, {"a", "1"}});
  spec.tags = {{"Name", "db"}};
  const Error differs = tags_of(spec).error();
  CHECK(differs.code == ErrorCode::invalid_argument);
  CHECK(differs.message == "the tag Name differs from the machine's name, which it is on AWS");
  CHECK(differs.hint == "leave it out, or make it \"web\"");
  CHECK(run_instances(spec, "").error().message == differs.message);

  spec.tags.clear();
  for (int i = 0; i < 49; ++i) spec.tags["t" + std::to_string(i)] = "";
  CHECK(tags_of(spec).value().size() == 50);
  spec.tags["one more"] = "";
  CHECK(tags_of(spec).error().message == "51 tags are more than 50; the name is one of them");
}

TEST_CASE("with a public address, subnet and firewalls belong to the interface") {
  InstanceSpec spec = machine();
  spec.subnet = "subnet-1";
  spec.firewalls = {"sg-1"};
  CHECK(contains(body(run_instances(spec, "")), "&SubnetId=subnet-1&SecurityGroupId.1=sg-1&"));
  spec.public_ip = true;
  CHECK(contains(body(run_instances(spec, "")),
                 "&NetworkInterface.1.DeviceIndex=0&NetworkInterface.1.AssociatePublicIpAddress=true"
                 "&NetworkInterface.1.SubnetId=subnet-1&NetworkInterface.1.SecurityGroupId.1=sg-1&"));
  CHECK_FALSE(contains(body(run_instances(spec, "")), "&SubnetId"));
  CHECK_FALSE(contains(body(run_instances(spec, "")), "&SecurityGroupId"));
}

TEST_CASE("user data are any bytes") {
  InstanceSpec spec = machine();
  spec.user_data = std::string("\x1F\x8B\x00\xFF", 4);
  CHECK(contains(body(run_instances(spec, "")), "&UserData=H4sA%2Fw%3D%3D&"));
}

TEST_CASE("each action says whether it may be sent twice") {
  CHECK(start_instance("i").idempotent);
  CHECK(stop_instance("i").idempotent);
  CHECK(terminate_instance("i").idempotent);
  CHECK(create_tags("i", {{"a", "b"}}).idempotent);
  CHECK(describe_instances({}, "", 5).idempotent);
  // It would reboot twice.
  CHECK_FALSE(reboot_instance("i").idempotent);
}

TEST_CASE("a machine is read with all that is known of it") {
  const Instance instance = one(R"(<item><instanceId>i-1</instanceId><imageId>ami-1</imageId>
    <instanceState><code>16</code><name>running</name></instanceState>
    <privateDnsName>ip-10-0-0-1.us-west-2.compute.internal</privateDnsName><dnsName>ec2-1-2-3-4.compute.amazonaws.com</dnsName>
    <reason/><keyName>laptop</keyName><instanceType>t2.micro</instanceType><launchTime>2026-11-26T03:00:00.000Z</launchTime>
    <placement><availabilityZone>us-west-2b</availabilityZone><groupName/></placement>
    <privateIpAddress>10.0.0.1</privateIpAddress><ipAddress>1.2.3.4</ipAddress>
    <groupSet><item><groupId>sg-1</groupId><groupName>web</groupName></item><item><groupId>sg-2</groupId></item></groupSet>
    <clientToken>t-1</clientToken>
    <tagSet><item><key>Name</key><value>web</value></item><item><key>a</key><value> &lt;&#x1;&gt; </value></item></tagSet>
    <networkInterfaceSet><item><attachment><attachTime>2026-11-25T01:02:03.000Z</attachTime></attachment>
      <groupSet><item><groupId>sg-2</groupId></item><item><groupId>sg-3</groupId></item></groupSet></item></networkInterfaceSet>
    </item>)");
  CHECK(instance.id == "i-1");
  CHECK(instance.name == "web");
  CHECK(instance.state == InstanceState::running);
  CHECK(instance.state_reason.empty());
  CHECK(instance.image == "ami-1");
  CHECK(instance.type == "t2.micro");
  CHECK(instance.zone == "us-west-2b");
  CHECK(instance.private_ip == "10.0.0.1");
  CHECK(instance.public_ip == "1.2.3.4");
  CHECK(instance.dns_name == "ec2-1-2-3-4.compute.amazonaws.com");
  CHECK(instance.firewalls == std::vector<std::string>{"sg-1", "sg-2", "sg-3"});
  CHECK(instance.key == "laptop");
  CHECK(instance.token == "t-1");
  CHECK(instance.tags == Tags{{"Name", "web"}, {"a", " <\x01> "}});
  // Of the first start, not of the last.
  CHECK(instance.created == std::chrono::sys_days{std::chrono::year{2026} / 11 / 25} + std::chrono::seconds(3723));
}

TEST_CASE("a machine of which little is known is read, too") {
  const Instance instance =
      one("<item><instanceId>i-1</instanceId><groupSet/><tagSet/><launchTime>2026-11-26T00:00:00Z</launchTime></item>");
  CHECK(instance.state == InstanceState::unknown);
  CHECK(instance.firewalls.empty());
  CHECK(instance.name.empty());
  CHECK(instance.created == std::chrono::sys_days{std::chrono::year{2026} / 11 / 26});
}

TEST_CASE("states have their neutral names, and the reason is the clearer one") {
  const auto state = [](const char* name) { return one(instance_xml(name)).state; };
  CHECK(state("pending") == InstanceState::pending);
  CHECK(state("running") == InstanceState::running);
  CHECK(state("stopping") == InstanceState::stopping);
  CHECK(state("stopped") == InstanceState::stopped);
  CHECK(state("shutting-down") == InstanceState::terminating);
  CHECK(state("terminated") == InstanceState::terminated);
  CHECK(state("hibernating") == InstanceState::unknown);
  CHECK(one(instance_xml("terminated", "<reason>User initiated (2026)</reason>")).state_reason ==
        "User initiated (2026)");
  CHECK(one(instance_xml("terminated",
                         "<reason>x</reason><stateReason><code>Server.InsufficientInstanceCapacity</code><message>"
                         "no room</message></stateReason>"))
            .state_reason == "no room");
}

TEST_CASE("a page may be empty though more follow, and holds all reservations") {
  const auto page =
      read_instances(Fixture::xml_reply("DescribeInstances", "<reservationSet/><nextToken>n/1</nextToken>"));
  REQUIRE(page);
  CHECK(page->instances.empty());
  CHECK(page->next_page_token == "n/1");
  const std::string two = "<reservationSet><item><instancesSet>" + instance_xml() + instance_xml() +
                          "</instancesSet></item><item><instancesSet>" + instance_xml() +
                          "</instancesSet></item></reservationSet><nextToken/>";
  const auto full = read_instances(Fixture::xml_reply("DescribeInstances", two));
  CHECK(full.value().instances.size() == 3);
  CHECK(full->next_page_token.empty());
}

TEST_CASE("more ids than a filter takes are asked for by several requests, each id once") {
  Fixture fixture;
  InstanceFilter filter;
  for (int i = 0; i < 450; ++i) filter.ids.push_back("i-" + std::to_string(100 + i));
  filter.ids.push_back("i-100");
  filter.name = "web";
  const std::string item = reservations_xml(instance_xml());
  fixture.answers_to("DescribeInstances", item).answers_to("DescribeInstances", item + "<nextToken>n 1</nextToken>");
  fixture.answers_to("DescribeInstances", item).answers_to("DescribeInstances", item);
  CHECK(Compute(fixture.driver).list(filter).value().size() == 4);
  REQUIRE(fixture.sent.size() == 4);
  const auto has_ids = [&](std::size_t request, const std::string& first, const std::string& last, int count) {
    const std::string value = "Filter.1.Value.";
    const std::string& body = fixture.sent.at(request);
    CHECK(contains(body, "&" + value + "1=" + first + "&"));
    CHECK(contains(body, "&" + value + std::to_string(count) + "=" + last + "&Filter.2.Name=tag%3AName&"));
  };
  has_ids(0, "i-100", "i-299", 200);
  has_ids(1, "i-300", "i-499", 200);
  has_ids(2, "i-300", "i-499", 200);
  has_ids(3, "i-500", "i-549", 50);
  CHECK(contains(fixture.sent.at(2), "&NextToken=n%201"));
  for (const std::size_t first : {0, 1, 3}) CHECK_FALSE(contains(fixture.sent.at(first), "&NextToken="));

  for (const char* token : {"n", "450 n", "-1 n", " n", "9999999999999999999999 n"}) {
    CHECK_MESSAGE(fixture.driver->list_page(filter, token, {}).error().code == ErrorCode::invalid_argument, token);
  }
  filter.ids.assign(300, "i-100");
  fixture.answers_to("DescribeInstances", item);
  CHECK(Compute(fixture.driver).list(filter).value().size() == 1);
  CHECK(fixture.sent.size() == 5);
}

TEST_CASE("states that no machine has here match none") {
  CHECK(can_match({}));
  CHECK(can_match({.states = {InstanceState::failed, InstanceState::stopped}}));
  CHECK_FALSE(can_match({.states = {InstanceState::failed, InstanceState::unknown}}));
}

TEST_CASE("the console's bytes arrive as they were printed") {
  const auto output = [](const std::string& text) {
    return read_console_output(Fixture::xml_reply("GetConsoleOutput", "<output>" + text + "</output>"));
  };
  CHECK(output("G1szMW0AY2st\r\nbWFya2VyDQo=\n").value() == std::string("\x1B[31m\0ck-marker\r\n", 17));
  CHECK(output("").value().empty());
  CHECK(read_console_output(Fixture::xml_reply("GetConsoleOutput", "")).value().empty());
  const auto broken = output("%%%%");
  REQUIRE_FALSE(broken);
  CHECK(broken.error().code == ErrorCode::unknown);
  CHECK(broken.error().message == "the reply is not one of this service: its output is not in base64");
}

TEST_CASE("replies that are none of EC2's are errors") {
  http::Response html;
  html.status = 200;
  html.body = "<html><body>proxy</body></html>";
  CHECK(read_instances(html).error().message ==
        "the reply is not one of this service: expected DescribeInstancesResponse, it is html");
  CHECK(read_launched(html).error().code == ErrorCode::unknown);
  html.body = "";
  CHECK(read_instances(html).error().code == ErrorCode::unknown);
  html.body = std::string(100'000, '<');
  CHECK(read_instances(html).error().code == ErrorCode::unknown);
  CHECK(read_launched(Fixture::xml_reply("RunInstances", "<instancesSet/>")).error().message ==
        "the reply is not one of this service: it has no instanceId");
  CHECK(read_terminated(Fixture::xml_reply("TerminateInstances", "<instancesSet/>")).error().code ==
        ErrorCode::unknown);
  CHECK(read_instances(Fixture::xml_reply("DescribeInstances", reservations_xml("<item/>"))).error().message ==
        "the reply is not one of this service: a machine has no instanceId");
}

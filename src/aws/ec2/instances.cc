#include "aws/ec2/instances.h"

#include "aws/service/reply.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/time.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cloudkit::inline v0::aws::ec2 {
namespace {

using service::Call;
using service::Form;
using service::text_of;

constexpr std::string_view kNameTag = "Name";

struct StateName {
  std::string_view text;
  InstanceState state;
};

// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceState.html
constexpr StateName kStates[] = {
    {"pending", InstanceState::pending},           {"running", InstanceState::running},
    {"stopping", InstanceState::stopping},         {"stopped", InstanceState::stopped},
    {"shutting-down", InstanceState::terminating}, {"terminated", InstanceState::terminated},
};

InstanceState read_state(codec::XmlNode state) {
  const std::string name = text_of(state.child("name"));
  for (const StateName& known : kStates) {
    if (known.text == name) return known.state;
  }
  return InstanceState::unknown;
}

std::vector<std::string> state_names(const std::vector<InstanceState>& states) {
  std::vector<std::string> names;
  for (const StateName& known : kStates) {
    const bool wanted = std::find(states.begin(), states.end(), known.state) != states.end();
    if (wanted) names.emplace_back(known.text);
  }
  return names;
}

Call one_instance(std::string_view action, std::string_view id) {
  Form form = form_of(action);
  form.add("InstanceId.1", id);
  return service::form_call(std::move(form));
}

std::string_view bool_text(bool value) { return value ? "true" : "false"; }

// Whoever says whether there is a public address describes the network interface, and then with all that is its.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
void add_network(Form& form, const InstanceSpec& spec) {
  const std::string prefix = spec.public_ip ? "NetworkInterface.1." : "";
  if (spec.public_ip) {
    form.add(prefix + "DeviceIndex", "0").add(prefix + "AssociatePublicIpAddress", bool_text(*spec.public_ip));
  }
  form.add_unless_empty(prefix + "SubnetId", spec.subnet);
  add_list(form, prefix + "SecurityGroupId", spec.firewalls);
}

void add_metadata(Form& form, bool v2_only) {
  form.add("MetadataOptions.HttpTokens", v2_only ? "required" : "optional");
  // From within a container, the machine's metadata are one hop further away.
  form.add("MetadataOptions.HttpPutResponseHopLimit", "2");
}

// When it was first launched; launchTime is that of the last start.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Instance.html
core::TimePoint created_of(codec::XmlNode item) {
  const codec::XmlNode primary = item.child("networkInterfaceSet").first_child();
  const auto attached = core::parse_rfc3339(text_of(primary.child("attachment").child("attachTime")));
  return attached ? *attached : core::parse_rfc3339(text_of(item.child("launchTime"))).value_or(core::TimePoint{});
}

std::string reason_of(codec::XmlNode item) {
  std::string reason = text_of(item.child("stateReason").child("message"));
  return reason.empty() ? text_of(item.child("reason")) : reason;
}

// Of the machine, which are those of its first interface, and of the others.
std::vector<std::string> groups_of(codec::XmlNode item) {
  std::vector<std::string> all;
  const auto add = [&](codec::XmlNode group) {
    std::string id = text_of(group.child("groupId"));
    if (std::find(all.begin(), all.end(), id) == all.end()) all.push_back(std::move(id));
  };
  for_each_item(item.child("groupSet"), add);
  for_each_item(item.child("networkInterfaceSet"),
                [&](codec::XmlNode interface) { for_each_item(interface.child("groupSet"), add); });
  return all;
}

Instance read_instance(codec::XmlNode item) {
  Instance instance;
  instance.id = text_of(item.child("instanceId"));
  instance.state = read_state(item.child("instanceState"));
  instance.state_reason = reason_of(item);
  instance.image = text_of(item.child("imageId"));
  instance.type = text_of(item.child("instanceType"));
  instance.zone = text_of(item.child("placement").child("availabilityZone"));
  instance.private_ip = text_of(item.child("privateIpAddress"));
  instance.public_ip = text_of(item.child("ipAddress"));
  instance.dns_name = text_of(item.child("dnsName"));
  instance.firewalls = groups_of(item);
  instance.key = text_of(item.child("keyName"));
  instance.tags = read_tags(item);
  if (const auto name = instance.tags.find(std::string(kNameTag)); name != instance.tags.end()) {
    instance.name = name->second;
  }
  instance.token = text_of(item.child("clientToken"));
  instance.created = created_of(item);
  return instance;
}

}  // namespace

Result<Tags> tags_of(const InstanceSpec& spec) {
  Tags tags = spec.tags;
  if (!spec.name.empty()) {
    const auto [name, added] = tags.emplace(kNameTag, spec.name);
    if (!added && name->second != spec.name) {
      return core::invalid_argument("the tag Name differs from the machine's name, which it is on AWS",
                                    fmt::format("leave it out, or make it \"{}\"", spec.name));
    }
  }
  if (tags.size() <= std::size_t{kMostTags}) return tags;
  return core::invalid_argument(
      fmt::format("{} tags are more than {}; the name is one of them", tags.size(), kMostTags));
}

Result<Call> run_instances(const InstanceSpec& spec, std::string_view root_device) {
  const auto tags = tags_of(spec);
  if (!tags) return tags.error();
  Form form = form_of("RunInstances");
  form.add("ImageId", spec.image).add("InstanceType", spec.type).add("MinCount", "1").add("MaxCount", "1");
  form.add_unless_empty("KeyName", spec.key);
  add_network(form, spec);
  form.add_unless_empty("Placement.AvailabilityZone", spec.zone);
  const bool is_arn = spec.identity.starts_with("arn:");
  form.add_unless_empty(is_arn ? "IamInstanceProfile.Arn" : "IamInstanceProfile.Name", spec.identity);
  form.add_unless_empty("UserData", core::base64_encode(spec.user_data));
  if (spec.disk_gib) {
    form.add("BlockDeviceMapping.1.DeviceName", root_device);
    form.add("BlockDeviceMapping.1.Ebs.VolumeSize", std::to_string(*spec.disk_gib));
  }
  add_metadata(form, spec.metadata_v2_only);
  add_tag_specification(form, "instance", *tags);
  form.add_unless_empty("ClientToken", spec.token);
  Call call = service::form_call(std::move(form));
  // The token makes a repetition find the machine of the first.
  call.idempotent = !spec.token.empty();
  return call;
}

Call describe_instance(std::string_view id) { return service::question(one_instance("DescribeInstances", id)); }

Call describe_instances(const InstanceFilter& filter, std::string_view page_token, int page_size) {
  Form form = form_of("DescribeInstances");
  Filters filters(form);
  // As a filter, for those that are missing must not hide the others.
  filters.add("instance-id", filter.ids).add("instance-state-name", state_names(filter.states));
  if (!filter.name.empty()) filters.add("tag:Name", {filter.name});
  for (const auto& [key, value] : filter.tags) filters.add("tag:" + key, {value});
  if (!filter.token.empty()) filters.add("client-token", {filter.token});
  add_page(form, page_size, page_token);
  return service::question(service::form_call(std::move(form)));
}

bool can_match(const InstanceFilter& filter) { return filter.states.empty() || !state_names(filter.states).empty(); }

Call start_instance(std::string_view id) { return service::repeatable(one_instance("StartInstances", id)); }
Call stop_instance(std::string_view id) { return service::repeatable(one_instance("StopInstances", id)); }
Call reboot_instance(std::string_view id) { return one_instance("RebootInstances", id); }
Call terminate_instance(std::string_view id) { return service::repeatable(one_instance("TerminateInstances", id)); }

Call get_console_output(std::string_view id) {
  Form form = form_of("GetConsoleOutput");
  form.add("InstanceId", id);
  return service::question(service::form_call(std::move(form)));
}

Call create_tags(std::string_view id, const Tags& tags) {
  Form form = form_of("CreateTags");
  form.add("ResourceId.1", id);
  add_tags(form, "", tags);
  return service::repeatable(service::form_call(std::move(form)));
}

Call delete_tags(std::string_view id, const std::vector<std::string>& keys) {
  Form form = form_of("DeleteTags");
  form.add("ResourceId.1", id);
  int number = 0;
  for (const std::string& key : keys) form.add(fmt::format("Tag.{}.Key", ++number), key);
  return service::repeatable(service::form_call(std::move(form)));
}

Result<Instance> read_launched(const http::Response& response) {
  const auto document = read_reply(response, "RunInstances");
  if (!document) return document.error();
  Instance instance = read_instance(document->root().child("instancesSet").first_child());
  if (instance.id.empty()) return service::unexpected_reply("it has no instanceId", response);
  return instance;
}

Result<InstancePage> read_instances(const http::Response& response) {
  const auto document = read_reply(response, "DescribeInstances");
  if (!document) return document.error();
  InstancePage page;
  for_each_item(document->root().child("reservationSet"), [&](codec::XmlNode reservation) {
    for_each_item(reservation.child("instancesSet"),
                  [&](codec::XmlNode item) { page.instances.push_back(read_instance(item)); });
  });
  const auto nameless = [](const Instance& instance) { return instance.id.empty(); };
  if (std::any_of(page.instances.begin(), page.instances.end(), nameless)) {
    return service::unexpected_reply("a machine has no instanceId", response);
  }
  page.next_page_token = text_of(document->root().child("nextToken"));
  return page;
}

Result<Instance> read_terminated(const http::Response& response) {
  const auto document = read_reply(response, "TerminateInstances");
  if (!document) return document.error();
  const codec::XmlNode item = document->root().child("instancesSet").first_child();
  Instance instance;
  instance.id = text_of(item.child("instanceId"));
  instance.state = read_state(item.child("currentState"));
  if (instance.id.empty()) return service::unexpected_reply("it has no instanceId", response);
  return instance;
}

Result<std::string> read_console_output(const http::Response& response) {
  const auto document = read_reply(response, "GetConsoleOutput");
  if (!document) return document.error();
  std::string encoded(document->root().child("output").text());
  std::erase_if(encoded, [](char c) { return c == '\n' || c == '\r' || c == ' ' || c == '\t'; });
  auto output = core::base64_decode(encoded);
  if (!output) return service::unexpected_reply("its output is not in base64", response);
  return *std::move(output);
}

}  // namespace cloudkit::inline v0::aws::ec2

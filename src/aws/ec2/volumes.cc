#include "aws/ec2/volumes.h"

#include "aws/service/reply.h"
#include "core/encode.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace cloudkit::inline v0::aws::ec2 {
namespace {

using service::Call;
using service::Form;
using service::text_of;

struct VolumeStateName {
  std::string_view text;
  VolumeState state;
};

// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Volume.html
constexpr VolumeStateName kVolumeStates[] = {
    {"creating", VolumeState::creating}, {"available", VolumeState::available}, {"in-use", VolumeState::in_use},
    {"deleting", VolumeState::deleting}, {"deleted", VolumeState::deleted},     {"error", VolumeState::failed},
};

VolumeState volume_state(std::string_view text) {
  for (const VolumeStateName& known : kVolumeStates) {
    if (known.text == text) return known.state;
  }
  return VolumeState::unknown;
}

// "in-use" is a volume already while it is being attached, and still while it is being detached.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VolumeAttachment.html
void read_attachment(codec::XmlNode attachment, Volume& volume) {
  if (text_of(attachment.child("status")) != "attached") return;
  volume.instance = text_of(attachment.child("instanceId"));
  volume.device = text_of(attachment.child("device"));
}

Volume read_volume(codec::XmlNode item) {
  Volume volume;
  volume.id = text_of(item.child("volumeId"));
  volume.state = volume_state(text_of(item.child("status")));
  const auto size = core::parse_u64(text_of(item.child("size"))).value_or(0);
  volume.size_gib = static_cast<int>(std::min<std::uint64_t>(size, std::numeric_limits<int>::max()));
  volume.zone = text_of(item.child("availabilityZone"));
  volume.type = text_of(item.child("volumeType"));
  read_attachment(item.child("attachmentSet").first_child(), volume);
  volume.tags = read_tags(item);
  return volume;
}

Form volume_form(std::string_view action, std::string_view volume) {
  Form form = form_of(action);
  form.add("VolumeId", volume);
  return form;
}

}  // namespace

Call create_volume(const VolumeSpec& spec) {
  Form form = form_of("CreateVolume");
  form.add("AvailabilityZone", spec.zone).add("Size", std::to_string(spec.size_gib));
  form.add_unless_empty("VolumeType", spec.type).add_unless_empty("ClientToken", spec.token);
  add_tag_specification(form, "volume", spec.tags);
  Call call = service::form_call(std::move(form));
  // The token makes a repetition find the volume of the first.
  call.idempotent = !spec.token.empty();
  return call;
}

Call describe_volume(std::string_view id) {
  Form form = form_of("DescribeVolumes");
  form.add("VolumeId.1", id);
  return service::question(service::form_call(std::move(form)));
}

Call describe_volumes(std::string_view page_token, int page_size) {
  Form form = form_of("DescribeVolumes");
  add_page(form, page_size, page_token);
  return service::question(service::form_call(std::move(form)));
}

Call attach_volume(std::string_view volume, std::string_view instance, std::string_view device) {
  Form form = volume_form("AttachVolume", volume);
  form.add("InstanceId", instance).add("Device", device);
  return service::form_call(std::move(form));
}

Call detach_volume(std::string_view volume) { return service::form_call(volume_form("DetachVolume", volume)); }

Call delete_volume(std::string_view volume) {
  return service::repeatable(service::form_call(volume_form("DeleteVolume", volume)));
}

Result<Volume> read_created_volume(const http::Response& response) {
  const auto document = read_reply(response, "CreateVolume");
  if (!document) return document.error();
  Volume volume = read_volume(document->root());
  if (volume.id.empty()) return service::unexpected_reply("it has no volumeId", response);
  return volume;
}

Result<VolumePage> read_volumes(const http::Response& response) {
  const auto document = read_reply(response, "DescribeVolumes");
  if (!document) return document.error();
  VolumePage page;
  for_each_item(document->root().child("volumeSet"),
                [&](codec::XmlNode item) { page.volumes.push_back(read_volume(item)); });
  page.next_page_token = text_of(document->root().child("nextToken"));
  return page;
}

}  // namespace cloudkit::inline v0::aws::ec2

#include "aws/ec2/driver.h"

#include "aws/ec2/errors.h"
#include "aws/ec2/images.h"
#include "aws/ec2/instances.h"
#include "aws/ec2/list_part.h"
#include "aws/ec2/volumes.h"
#include "aws/service/absence.h"
#include "aws/service/known_services.h"
#include "aws/service/reply.h"
#include "aws/ssm/protocol.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/without_value.h"

#include <fmt/format.h>

#include <utility>

namespace cloudkit::inline v0::aws::ec2 {
namespace {

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html
constexpr std::uint64_t kMostUserData = std::uint64_t{16} << 10;

// What was made just now is not known everywhere yet.
bool may_come(const Error& error) {
  return error.service_code == "InvalidGroup.NotFound" || error.service_code == "InvalidKeyPair.NotFound";
}

}  // namespace

Ec2Driver::Ec2Driver(std::shared_ptr<service::Account> account, int page_size)
    : account_(std::move(account)),
      page_size_(page_size),
      ec2_(account_, service::known_service("ec2").value(), classify_reply),
      ssm_(account_, service::known_service("ssm").value(), ssm::classify_reply),
      owner_(account_, ec2_.service()) {}

ComputeCapabilities Ec2Driver::capabilities() const {
  ComputeCapabilities all;
  all.create = all.power = all.firewalls = all.enforces_firewalls = all.keys = all.image_aliases = true;
  all.user_data = all.commands = all.console = all.tags = all.volumes = all.agent = true;
  all.max_user_data = kMostUserData;
  all.max_script = ssm::kLongestScript;
  all.max_output = ssm::kMostOutput;
  all.max_error = ssm::kMostError;
  all.max_tags = kMostTags;
  return all;
}

std::string Ec2Driver::region() const {
  const auto known = account_->region();
  return known ? *known : account_->options().region;
}

std::string Ec2Driver::url() const { return fmt::format("aws://{}", region()); }

Error Ec2Driver::not_here(ErrorCode code, std::string message) const {
  return core::fail(code, std::move(message), fmt::format("ids are per region; region is {}", region()));
}

Result<http::Response> Ec2Driver::ask(const Result<service::Call>& call, const Context& context) {
  auto reply = ec2_.send(call, context);
  if (!reply && reply.error().code == ErrorCode::not_found && reply.error().hint.empty()) {
    reply.error().hint = not_here(ErrorCode::not_found, {}).hint;
  }
  return reply;
}

Status Ec2Driver::tell(std::string_view action, const service::Call& call, const Context& context) {
  const auto reply = ask(call, context);
  if (!reply) return reply.error();
  return core::without_value(service::of_change(read_reply(*reply, action)));
}

// ---- Machines

Result<Instance> Ec2Driver::get(std::string_view id, const Context& context) {
  const auto reply = ask(describe_instance(id), context);
  if (!reply) return reply.error();
  auto page = read_instances(*reply);
  if (!page) return std::move(page).error();
  for (Instance& instance : page->instances) {
    if (instance.id == id) return std::move(instance);
  }
  return not_here(ErrorCode::not_found, "there is no such machine");
}

Result<InstancePage> Ec2Driver::list_page(const InstanceFilter& filter, std::string_view page_token,
                                          const Context& context) {
  if (!can_match(filter)) return InstancePage{};
  const auto part = list_part(filter, page_token);
  if (!part) return part.error();
  const auto reply = ask(describe_instances(part->filter, part->page_token, page_size_), context);
  if (!reply) return reply.error();
  auto page = read_instances(*reply);
  if (page) page->next_page_token = part->token_after(std::move(page->next_page_token));
  return page;
}

Result<std::string> Ec2Driver::root_device(const InstanceSpec& spec, const Context& context) {
  if (!spec.disk_gib) return std::string();
  const auto reply = ask(describe_image(spec.image), context);
  if (!reply) return reply.error();
  auto found = read_image(*reply);
  if (!found) return std::move(found).error();
  if (!*found) return not_here(ErrorCode::not_found, fmt::format("there is no image {}", spec.image));
  if ((*found)->root_device.empty()) {
    return core::invalid_argument(
        fmt::format("the image {} says nothing of a disk whose size could be changed", spec.image));
  }
  return (*found)->root_device;
}

Result<Instance> Ec2Driver::create(const InstanceSpec& spec, const Context& context) {
  const auto device = root_device(spec, context);
  if (!device) return device.error();
  auto reply = ask(run_instances(spec, *device), context);
  if (reply) return service::of_change(read_launched(*reply));
  if (may_come(reply.error())) reply.error().retryable = true;
  return std::move(reply).error();
}

Result<Instance> Ec2Driver::destroy(std::string_view id, const Context& context) {
  const auto reply = ask(terminate_instance(id), context);
  if (!reply) return reply.error();
  return service::of_change(read_terminated(*reply));
}

Status Ec2Driver::start(std::string_view id, const Context& context) {
  return tell("StartInstances", start_instance(id), context);
}

Status Ec2Driver::stop(std::string_view id, const Context& context) {
  return tell("StopInstances", stop_instance(id), context);
}

Status Ec2Driver::reboot(std::string_view id, const Context& context) {
  return tell("RebootInstances", reboot_instance(id), context);
}

Result<std::string> Ec2Driver::console(std::string_view id, const Context& context) {
  const auto reply = ask(get_console_output(id), context);
  if (!reply) return reply.error();
  return read_console_output(*reply);
}

Status Ec2Driver::set_tags(std::string_view id, const std::map<std::string, std::string>& tags,
                           const Context& context) {
  if (tags.empty()) return {};
  return tell("CreateTags", create_tags(id, tags), context);
}

Status Ec2Driver::remove_tags(std::string_view id, const std::vector<std::string>& keys, const Context& context) {
  // Without any, the service would take all.
  if (keys.empty()) return {};
  return tell("DeleteTags", delete_tags(id, keys), context);
}

// ---- Volumes

Result<Volume> Ec2Driver::create_volume(const VolumeSpec& spec, const Context& context) {
  const auto reply = ask(ec2::create_volume(spec), context);
  if (!reply) return reply.error();
  return service::of_change(read_created_volume(*reply));
}

Result<Volume> Ec2Driver::get_volume(std::string_view id, const Context& context) {
  const auto reply = ask(describe_volume(id), context);
  if (!reply) return reply.error();
  auto page = read_volumes(*reply);
  if (!page) return std::move(page).error();
  if (page->volumes.empty()) return not_here(ErrorCode::not_found, "there is no such volume");
  return std::move(page->volumes.front());
}

Result<VolumePage> Ec2Driver::list_volumes_page(std::string_view page_token, const Context& context) {
  const auto reply = ask(describe_volumes(page_token, page_size_), context);
  if (!reply) return reply.error();
  return read_volumes(*reply);
}

Status Ec2Driver::attach_volume(std::string_view volume, std::string_view instance, std::string_view device,
                                const Context& context) {
  return tell("AttachVolume", ec2::attach_volume(volume, instance, device), context);
}

Status Ec2Driver::detach_volume(std::string_view volume, const Context& context) {
  return tell("DetachVolume", ec2::detach_volume(volume), context);
}

Status Ec2Driver::destroy_volume(std::string_view volume, const Context& context) {
  auto done = tell("DeleteVolume", delete_volume(volume), context);
  if (done || done.error().service_code != "IncorrectState") return done;
  // The service refuses to delete what it is deleting already.
  const auto present = get_volume(volume, context);
  if (!present) return service::is_missing(present.error()) ? Status{} : done;
  const bool goes = present->state == VolumeState::deleting || present->state == VolumeState::deleted;
  return goes ? Status{} : done;
}

}  // namespace cloudkit::inline v0::aws::ec2

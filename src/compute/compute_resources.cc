#include <cloudkit/compute.h>

#include "compute/checks.h"
#include "compute/firewalls.h"
#include "compute/keys.h"
#include "compute/state.h"
#include "compute/volumes.h"

// The handle's firewalls, keys, images and volumes.
namespace cloudkit::inline v0 {

using compute::check_given_name;
using compute::check_offered;
using compute::check_reference;
using compute::insist;
using compute::look_by;
using compute::Patience;
using core::as_limit;

Result<Firewall> Compute::ensure_firewall(const FirewallSpec& spec, const ComputeCallOptions& options) const {
  return state_->call("ensure_firewall", "firewall", spec.name,
                      {compute::check_firewall(spec, capabilities()), options.context.check()},
                      [&] { return compute::ensure_firewall(*state_, spec, options.context); });
}

Result<Firewall> Compute::get_firewall(std::string_view firewall, const ComputeCallOptions& options) const {
  return state_->call("get_firewall", "firewall", firewall,
                      {check_offered(capabilities().firewalls, "firewalls"), check_given_name("firewall", firewall),
                       options.context.check()},
                      [&] { return compute::find_firewall(*state_, firewall, {}, options.context); });
}

Result<std::vector<Firewall>> Compute::list_firewalls(const ComputeCallOptions& options) const {
  return state_->call("list_firewalls", {}, {}, {check_offered(capabilities().firewalls, "firewalls")},
                      [&] { return compute::list_firewalls(*state_, {}, {}, options.context); });
}

Status Compute::set_rules(std::string_view firewall, const std::vector<FirewallRule>& rules,
                          const ComputeCallOptions& options) const {
  return state_->call("set_rules", "firewall", firewall,
                      {check_offered(capabilities().firewalls, "firewalls"), check_given_name("firewall", firewall),
                       compute::check_rules(rules), options.context.check()},
                      [&] { return compute::set_rules(*state_, firewall, rules, options.context); });
}

Status Compute::destroy_firewall(std::string_view firewall, const WaitInstanceOptions& options) const {
  return state_->call(
      "destroy_firewall", "firewall", firewall,
      {check_offered(capabilities().firewalls, "firewalls"), check_given_name("firewall", firewall),
       options.context.check()},
      [&] { return compute::destroy_firewall(*state_, firewall, as_limit(options.wait_limit), options.context); });
}

Result<KeyPair> Compute::ensure_key(std::string_view name, std::string_view public_key,
                                    const ComputeCallOptions& options) const {
  return state_->call(
      "ensure_key", "key pair", name,
      {check_offered(capabilities().keys, "key pairs"), compute::check_key_name(name), options.context.check()},
      [&] { return compute::ensure_key(*state_, name, public_key, options.context); });
}

Result<std::vector<KeyPair>> Compute::list_keys(const ComputeCallOptions& options) const {
  return state_->call(
      "list_keys", {}, {}, {check_offered(capabilities().keys, "key pairs"), options.context.check()}, [&] {
        Patience patience(*state_, options.context);
        return insist(patience, [&] { return look_by([&] { return state_->driver->list_keys(options.context); }); });
      });
}

Status Compute::destroy_key(std::string_view name, const ComputeCallOptions& options) const {
  return state_->call(
      "destroy_key", "key pair", name,
      {check_offered(capabilities().keys, "key pairs"), check_given_name("key pair", name), options.context.check()},
      [&] {
        Patience patience(*state_, options.context);
        return insist(patience, [&] { return state_->driver->destroy_key(name, options.context); });
      });
}

Result<Image> Compute::resolve_image(std::string_view image, const ComputeCallOptions& options) const {
  return state_->call(
      "resolve_image", "image", image,
      {check_offered(capabilities().image_aliases, "images"), check_reference("image", image), options.context.check()},
      [&] {
        Patience patience(*state_, options.context);
        return insist(patience,
                      [&] { return look_by([&] { return state_->driver->resolve_image(image, options.context); }); });
      });
}

Result<Volume> Compute::create_volume(const VolumeSpec& spec, const WaitInstanceOptions& options) const {
  return state_->call(
      "create_volume", {}, {}, {compute::check_volume(spec, capabilities()), options.context.check()},
      [&] { return compute::create_volume(*state_, spec, as_limit(options.wait_limit), options.context); });
}

Result<Volume> Compute::get_volume(std::string_view id, const ComputeCallOptions& options) const {
  return state_->call(
      "get_volume", "volume", id,
      {check_offered(capabilities().volumes, "volumes"), check_reference("volume", id), options.context.check()},
      [&] { return compute::get_volume(*state_, id, options.context); });
}

Result<std::vector<Volume>> Compute::list_volumes(const ComputeCallOptions& options) const {
  return state_->call("list_volumes", {}, {}, {check_offered(capabilities().volumes, "volumes")},
                      [&] { return compute::list_volumes(*state_, options.context); });
}

Status Compute::attach_volume(std::string_view volume, std::string_view instance, std::string_view device,
                              const WaitInstanceOptions& options) const {
  return state_->call("attach_volume", "volume", volume,
                      {check_offered(capabilities().volumes, "volumes"), check_reference("volume", volume),
                       check_reference("machine", instance), compute::check_device(device), options.context.check()},
                      [&] {
                        return compute::attach_volume(*state_, volume, instance, device, as_limit(options.wait_limit),
                                                      options.context);
                      });
}

Status Compute::detach_volume(std::string_view volume, const WaitInstanceOptions& options) const {
  return state_->call(
      "detach_volume", "volume", volume,
      {check_offered(capabilities().volumes, "volumes"), check_reference("volume", volume), options.context.check()},
      [&] { return compute::detach_volume(*state_, volume, as_limit(options.wait_limit), options.context); });
}

Status Compute::destroy_volume(std::string_view volume, const ComputeCallOptions& options) const {
  return state_->call(
      "destroy_volume", "volume", volume,
      {check_offered(capabilities().volumes, "volumes"), check_reference("volume", volume), options.context.check()},
      [&] { return compute::destroy_volume(*state_, volume, options.context); });
}

}  // namespace cloudkit::inline v0

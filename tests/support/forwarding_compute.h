#pragma once

#include <cloudkit/driver/compute.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// Passes every call on to another driver: what a flawed one is derived from.
class ForwardingCompute : public cloudkit::ComputeDriver {
 public:
  using Context = cloudkit::Context;
  using Status = cloudkit::Status;
  using Rules = std::vector<cloudkit::FirewallRule>;
  template <class T>
  using Result = cloudkit::Result<T>;

  explicit ForwardingCompute(std::shared_ptr<cloudkit::ComputeDriver> inner) : inner_(std::move(inner)) {}

  cloudkit::ComputeCapabilities capabilities() const override { return inner_->capabilities(); }
  std::string url() const override { return inner_->url(); }
  Result<std::string> account(const Context& context) override { return inner_->account(context); }

  Result<cloudkit::Instance> get(std::string_view id, const Context& context) override {
    return inner_->get(id, context);
  }
  Result<cloudkit::InstancePage> list_page(const cloudkit::InstanceFilter& filter, std::string_view page_token,
                                           const Context& context) override {
    return inner_->list_page(filter, page_token, context);
  }
  Result<cloudkit::Instance> create(const cloudkit::InstanceSpec& spec, const Context& context) override {
    return inner_->create(spec, context);
  }
  Result<cloudkit::Instance> destroy(std::string_view id, const Context& context) override {
    return inner_->destroy(id, context);
  }
  Status start(std::string_view id, const Context& context) override { return inner_->start(id, context); }
  Status stop(std::string_view id, const Context& context) override { return inner_->stop(id, context); }
  Status reboot(std::string_view id, const Context& context) override { return inner_->reboot(id, context); }

  Result<cloudkit::Firewall> create_firewall(const cloudkit::FirewallSpec& spec, const Context& context) override {
    return inner_->create_firewall(spec, context);
  }
  Result<cloudkit::Firewall> get_firewall(std::string_view id, const Context& context) override {
    return inner_->get_firewall(id, context);
  }
  Result<cloudkit::FirewallPage> list_firewalls_page(std::string_view name, std::string_view network,
                                                     std::string_view page_token, const Context& context) override {
    return inner_->list_firewalls_page(name, network, page_token, context);
  }
  Status authorize_rules(std::string_view firewall, const Rules& rules, const Context& context) override {
    return inner_->authorize_rules(firewall, rules, context);
  }
  Status revoke_rules(std::string_view firewall, const Rules& rules, const Context& context) override {
    return inner_->revoke_rules(firewall, rules, context);
  }
  Status destroy_firewall(std::string_view id, const Context& context) override {
    return inner_->destroy_firewall(id, context);
  }
  Result<bool> is_firewall_attached(std::string_view id, const Context& context) override {
    return inner_->is_firewall_attached(id, context);
  }

  Result<cloudkit::KeyPair> import_key(std::string_view name, std::string_view public_key,
                                       const Context& context) override {
    return inner_->import_key(name, public_key, context);
  }
  Result<std::vector<cloudkit::KeyPair>> list_keys(const Context& context) override {
    return inner_->list_keys(context);
  }
  Status destroy_key(std::string_view name, const Context& context) override {
    return inner_->destroy_key(name, context);
  }
  Result<cloudkit::Image> resolve_image(std::string_view image, const Context& context) override {
    return inner_->resolve_image(image, context);
  }

  Result<bool> agent_ready(std::string_view id, const Context& context) override {
    return inner_->agent_ready(id, context);
  }
  Result<cloudkit::SubmittedCommand> submit_command(std::string_view id, const cloudkit::CommandSpec& command,
                                                    const Context& context) override {
    return inner_->submit_command(id, command, context);
  }
  Result<std::optional<cloudkit::CommandResult>> poll_command(std::string_view id, std::string_view command,
                                                              const Context& context) override {
    return inner_->poll_command(id, command, context);
  }
  Status cancel_command(std::string_view id, std::string_view command, const Context& context) override {
    return inner_->cancel_command(id, command, context);
  }
  Status put_file(std::string_view id, const cloudkit::Source& source, const cloudkit::FileTarget& target,
                  const Context& context) override {
    return inner_->put_file(id, source, target, context);
  }

  Result<std::string> console(std::string_view id, const Context& context) override {
    return inner_->console(id, context);
  }
  Status set_tags(std::string_view id, const std::map<std::string, std::string>& tags,
                  const Context& context) override {
    return inner_->set_tags(id, tags, context);
  }
  Status remove_tags(std::string_view id, const std::vector<std::string>& keys, const Context& context) override {
    return inner_->remove_tags(id, keys, context);
  }

  Result<cloudkit::Volume> create_volume(const cloudkit::VolumeSpec& spec, const Context& context) override {
    return inner_->create_volume(spec, context);
  }
  Result<cloudkit::Volume> get_volume(std::string_view id, const Context& context) override {
    return inner_->get_volume(id, context);
  }
  Result<cloudkit::VolumePage> list_volumes_page(std::string_view page_token, const Context& context) override {
    return inner_->list_volumes_page(page_token, context);
  }
  Status attach_volume(std::string_view volume, std::string_view instance, std::string_view device,
                       const Context& context) override {
    return inner_->attach_volume(volume, instance, device, context);
  }
  Status detach_volume(std::string_view volume, const Context& context) override {
    return inner_->detach_volume(volume, context);
  }
  Status destroy_volume(std::string_view volume, const Context& context) override {
    return inner_->destroy_volume(volume, context);
  }

 protected:
  std::shared_ptr<cloudkit::ComputeDriver> inner_;
};

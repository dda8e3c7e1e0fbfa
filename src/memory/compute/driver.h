#pragma once

#include "memory/compute/life.h"
#include "memory/compute/store.h"

#include <cloudkit/driver/compute.h>

namespace cloudkit::inline v0::memory::compute {

class MemoryComputeDriver final : public ComputeDriver {
 public:
  explicit MemoryComputeDriver(const MemoryComputeOptions& options) : store_(options) {}

  ComputeStore& store() { return store_; }

  ComputeCapabilities capabilities() const override;
  std::string url() const override { return store_.url(); }
  Result<Instance> get(std::string_view id, const Context& context) override;
  Result<InstancePage> list_page(const InstanceFilter& filter, std::string_view page_token,
                                 const Context& context) override;
  Result<Instance> create(const InstanceSpec& spec, const Context& context) override;
  Result<Instance> destroy(std::string_view id, const Context& context) override;
  Status start(std::string_view id, const Context& context) override;
  Status stop(std::string_view id, const Context& context) override;
  Status reboot(std::string_view id, const Context& context) override;

  Result<Firewall> create_firewall(const FirewallSpec& spec, const Context& context) override;
  Result<Firewall> get_firewall(std::string_view id, const Context& context) override;
  Result<FirewallPage> list_firewalls_page(std::string_view name, std::string_view network, std::string_view page_token,
                                           const Context& context) override;
  Status authorize_rules(std::string_view firewall, const std::vector<FirewallRule>& rules,
                         const Context& context) override;
  Status revoke_rules(std::string_view firewall, const std::vector<FirewallRule>& rules,
                      const Context& context) override;
  Status destroy_firewall(std::string_view id, const Context& context) override;

  Result<KeyPair> import_key(std::string_view name, std::string_view public_key, const Context& context) override;
  Result<std::vector<KeyPair>> list_keys(const Context& context) override;
  Status destroy_key(std::string_view name, const Context& context) override;
  Result<Image> resolve_image(std::string_view image, const Context& context) override;

  Result<bool> agent_ready(std::string_view id, const Context& context) override;
  Result<SubmittedCommand> submit_command(std::string_view id, const CommandSpec& command,
                                          const Context& context) override;
  Result<std::optional<CommandResult>> poll_command(std::string_view id, std::string_view command,
                                                    const Context& context) override;
  Status cancel_command(std::string_view id, std::string_view command, const Context& context) override;

  Result<std::string> console(std::string_view id, const Context& context) override;
  Status set_tags(std::string_view id, const std::map<std::string, std::string>& tags, const Context& context) override;
  Status remove_tags(std::string_view id, const std::vector<std::string>& keys, const Context& context) override;

  Result<Volume> create_volume(const VolumeSpec& spec, const Context& context) override;
  Result<Volume> get_volume(std::string_view id, const Context& context) override;
  Result<VolumePage> list_volumes_page(std::string_view page_token, const Context& context) override;
  Status attach_volume(std::string_view volume, std::string_view instance, std::string_view device,
                       const Context& context) override;
  Status detach_volume(std::string_view volume, const Context& context) override;
  Status destroy_volume(std::string_view volume, const Context& context) override;

  /// Whether something on a machine would accept: as its agent, not before `ComputeFaults::agent_looks`.
  Status probe(std::string_view id);

 private:
  /// How every call begins; what became due by the clock happens. Errors: those of the context; `throttled`.
  Status begin(const Context& context);
  /// Errors: `not_found`.
  Result<StoredMachine*> find(std::string_view id);
  Result<StoredFirewall*> find_firewall(std::string_view id);
  Result<std::map<std::string, std::string>*> tags_of(std::string_view id);
  Result<StoredVolume*> find_volume(std::string_view id);
  Status change_power(std::string_view id, Event event, const Context& context);
  /// Errors: what is missing or does not fit.
  Status check_creation(const InstanceSpec& spec);
  /// Also runs the user data of a first boot. Without the lock.
  void after_boot(const std::string& id);
  Result<CommandResult> run(MachineCommand command, std::chrono::seconds timeout);

  ComputeStore store_;
};

}  // namespace cloudkit::inline v0::memory::compute

#pragma once

#include "local/compute/machine_store.h"

#include <cloudkit/driver/compute.h>
#include <cloudkit/local_compute.h>

#include <functional>
#include <string>

namespace cloudkit::inline v0::local::compute {

/// Machines as sessions of processes. See `local::make_compute`.
class LocalComputeDriver final : public ComputeDriver {
 public:
  /// `directory` is absolute. Does no I/O.
  LocalComputeDriver(std::string directory, ComputeOptions options) : options_(options), store_(std::move(directory)) {}

  ComputeCapabilities capabilities() const override;
  std::string url() const override;

  Result<Instance> create(const InstanceSpec& spec, const Context& context) override;
  Result<Instance> get(std::string_view id, const Context& context) override;
  Result<InstancePage> list_page(const InstanceFilter& filter, std::string_view page_token,
                                 const Context& context) override;
  Result<Image> resolve_image(std::string_view image, const Context& context) override;
  Status set_tags(std::string_view id, const std::map<std::string, std::string>& tags, const Context& context) override;
  Status remove_tags(std::string_view id, const std::vector<std::string>& keys, const Context& context) override;

  Result<Instance> destroy(std::string_view id, const Context& context) override;
  Status start(std::string_view id, const Context& context) override;
  Status stop(std::string_view id, const Context& context) override;
  Status reboot(std::string_view id, const Context& context) override;

  Result<bool> agent_ready(std::string_view id, const Context& context) override;
  Result<SubmittedCommand> submit_command(std::string_view id, const CommandSpec& command,
                                          const Context& context) override;
  Status put_file(std::string_view id, const Source& source, const FileTarget& target, const Context& context) override;
  Result<std::string> console(std::string_view id, const Context& context) override;

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

 private:
  /// Goes on with what was wanted of the machine and is not done.
  Result<Machine> find(std::string_view id, const Context& context) const;
  /// Tells its supervisor what is wanted. Success also when it has ended. Errors: `unavailable`: it runs, and takes no
  /// order; those of the context.
  Status insist(const Machine& machine, const Context& context) const;
  /// Of a destroyed one: whatever its supervisor does.
  Status end(const Machine& machine, const Context& context) const;
  Result<Machine> find_running(std::string_view id, const Context& context) const;
  Status change_tags(std::string_view id, const Context& context,
                     const std::function<void(std::map<std::string, std::string>&)>& apply);
  Status check_spec(const InstanceSpec& spec) const;
  Result<Instance> repeat(const Machine& machine, const MachineRecord& wanted, const Context& context);
  /// The lock is held by these.
  Status boot(const MachineRecord& record, const Context& context) const;
  void discard(MachineRecord record) const;
  Result<Firewall> read_firewall(std::string_view id) const;
  Result<std::vector<Firewall>> firewalls() const;
  Status write_firewall(const Firewall& firewall) const;
  Status check_unused(const Firewall& firewall) const;

  const ComputeOptions options_;
  const MachineStore store_;
};

}  // namespace cloudkit::inline v0::local::compute

#pragma once

#include "aws/service/client.h"
#include "aws/service/owner.h"

#include <cloudkit/driver/compute.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0::aws::ec2 {

/// How much a page of a listing has at most.
inline constexpr int kPageSize = 200;

/// Machines of one account in one region. Thread-safe; does no I/O before the first call.
class Ec2Driver final : public ComputeDriver {
 public:
  explicit Ec2Driver(std::shared_ptr<service::Account> account, int page_size = kPageSize);

  ComputeCapabilities capabilities() const override;
  std::string url() const override;
  Result<std::string> account(const Context& context) override { return owner_.get(context); }

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
  Result<bool> is_firewall_attached(std::string_view id, const Context& context) override;

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

 private:
  std::string region() const;
  /// To EC2. What is not found may be in another region: the error says which this one is.
  Result<http::Response> ask(const Result<service::Call>& call, const Context& context);
  Status tell(std::string_view action, const service::Call& call, const Context& context);
  Error not_here(ErrorCode code, std::string message) const;

  /// Empty where the image's own disk will do. Errors: `not_found`; `invalid_argument`: it has no disk.
  Result<std::string> root_device(const InstanceSpec& spec, const Context& context);
  Result<std::string> default_network(const Context& context);

  using RuleChange = Status (Ec2Driver::*)(std::string_view firewall, Direction direction,
                                           const std::vector<FirewallRule>& rules, const Context& context);
  Status change_rules(std::string_view firewall, const std::vector<FirewallRule>& rules, RuleChange change,
                      ErrorCode done_already, const Context& context);
  Status authorize(std::string_view firewall, Direction direction, const std::vector<FirewallRule>& rules,
                   const Context& context);
  Status revoke(std::string_view firewall, Direction direction, const std::vector<FirewallRule>& rules,
                const Context& context);
  Status check_revoked(std::string_view firewall, const std::vector<FirewallRule>& rules, const Context& context);

  const std::shared_ptr<service::Account> account_;
  const int page_size_;
  service::Client ec2_;
  service::Client ssm_;
  service::Owner owner_;
};

}  // namespace cloudkit::inline v0::aws::ec2

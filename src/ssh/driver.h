#pragma once

#include "ssh/connections.h"

#include <cloudkit/driver/compute.h>
#include <cloudkit/ssh.h>

#include <memory>
#include <mutex>
#include <string>

namespace cloudkit::inline v0::ssh {

/// Hosts that exist already. Docs: docs/decisions/0032-the-systems-ssh.md
class SshDriver final : public ComputeDriver {
 public:
  /// One host, whose name and address are checked.
  SshDriver(std::string url, InventoryHost host, ConnectionOptions options);
  SshDriver(std::string url, InventoryOptions options);

  ComputeCapabilities capabilities() const override;
  std::string url() const override { return url_; }

  Result<Instance> get(std::string_view id, const Context& context) override;
  Result<InstancePage> list_page(const InstanceFilter& filter, std::string_view page_token,
                                 const Context& context) override;
  Result<bool> agent_ready(std::string_view id, const Context& context) override;
  Result<SubmittedCommand> submit_command(std::string_view id, const CommandSpec& command,
                                          const Context& context) override;
  Status put_file(std::string_view id, const Source& source, const FileTarget& target, const Context& context) override;

 private:
  using Hosts = std::shared_ptr<const Inventory>;

  /// Reads the inventory if nobody has yet.
  Result<Hosts> hosts();
  Result<Hosts> read_inventory() const;
  Result<InventoryHost> find(std::string_view id);
  /// Whether it answers. Errors: those of the session but `unavailable`.
  Result<Instance> ask(const InventoryHost& host, const Context& context);
  void ask_all(const std::vector<InventoryHost>& hosts, std::vector<Instance>& instances, const Context& context);

  const std::string url_;
  const InventoryOptions inventory_ = {};
  Connections connections_;
  std::mutex mutex_;
  Hosts hosts_ = {};
};

}  // namespace cloudkit::inline v0::ssh

#pragma once

#include "testing/expectations.h"

#include <cloudkit/testing/compute_conformance.h>

#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What the cases about machines are written with.
namespace cloudkit::inline v0::testing::machines {

/// A running case: its cloud, and what it makes there. Makes things on one thread only.
class ComputeCase : public Expectations {
 public:
  ComputeCase(const ComputeHarness& harness, const Compute& compute)
      : harness_(harness), compute_(compute), capabilities_(compute.capabilities()) {}

  const ComputeHarness& harness() const { return harness_; }
  const Compute& compute() const { return compute_; }
  const ComputeCapabilities& can() const { return capabilities_; }
  int scale(int usual, int reduced) const { return harness_.reduced ? reduced : usual; }
  void needs_delay() const;
  /// And commands that really run.
  void needs_commands() const;

  std::string name(std::string_view suffix) const { return harness_.prefix + std::string(suffix); }
  /// A spec of the harness; skips the case where there is none.
  InstanceSpec spec(std::string_view suffix = "vm") const;
  FirewallSpec firewall_spec(std::string_view suffix = "fw") const;

  /// These are destroyed when the case ends.
  Result<Instance> try_create(const InstanceSpec& spec) const;
  Instance create(const InstanceSpec& spec) const;
  Instance create_running(const InstanceSpec& spec) const;
  Firewall ensure_firewall(const FirewallSpec& spec) const;
  KeyPair ensure_key(std::string_view key, std::string_view public_key) const;
  Volume create_volume(const VolumeSpec& spec) const;
  /// The id of a machine that takes commands: the harness's host, where the backend makes none.
  std::string machine() const;

  Instance wait_until(const std::string& id, InstanceState state) const;
  void destroy(const std::string& id) const;
  /// A script that ends with status 0; returns what it printed.
  std::string output(const std::string& id, std::string_view script) const;
  /// Where the machine's scripts may write.
  std::string directory(const std::string& id) const;
  /// Whether `holds()`, tried again and again for as long as the harness has patience.
  bool soon(const std::function<bool()>& holds) const;

  /// Destroys all that it made. Errors: the first that happened.
  Status clean_up() const;

 private:
  const ComputeHarness& harness_;
  Compute compute_;
  ComputeCapabilities capabilities_;
  mutable std::set<std::string> machines_;
  mutable std::set<std::string> firewalls_;  // Ids.
  mutable std::set<std::string> keys_;
  mutable std::set<std::string> volumes_;
};

struct ComputeCaseEntry {
  std::string_view name;
  void (*run)(const ComputeCase&);
};
using ComputeCaseList = std::span<const ComputeCaseEntry>;

// A file each.
ComputeCaseList creation_cases();
ComputeCaseList state_cases();
ComputeCaseList boot_cases();
ComputeCaseList command_cases();
ComputeCaseList firewall_cases();
ComputeCaseList firewall_end_cases();
ComputeCaseList resource_cases();

/// Sorted, each once.
std::vector<std::string> sorted(std::vector<std::string> lines);
/// "inbound tcp 22-22 10.0.0.0/8", one for each CIDR and each peer, sorted.
std::vector<std::string> flat(const std::vector<FirewallRule>& rules);
bool has(const std::vector<std::string>& lines, std::string_view line);

/// A rule that lets in one TCP port from one range.
FirewallRule tcp_in(int port, std::string cidr);

}  // namespace cloudkit::inline v0::testing::machines

#pragma once

#include <cloudkit/compute.h>
#include <cloudkit/testing/case_result.h>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// The conformance suite that every backend of machines passes, cloudkit's own and yours: docs/backends.md.
namespace cloudkit::inline v0::testing {

/// What the next calls meet. Numbers count looks, of each thing that is made or changed from now on.
struct ComputeDelays {
  int late_looks = 0;         ///< So many looks at what was just made find nothing.
  int pending_looks = 0;      ///< So many looks see a machine pending.
  int stopping_looks = 0;     ///< So many looks see it stopping.
  int terminating_looks = 0;  ///< So many looks see it terminating.
  int agent_looks = 0;        ///< So many looks see no agent.
  int busy_firewalls = 0;     ///< So many destructions of a firewall find it still used. Counts down.
  bool no_capacity = false;   ///< There is no room for another machine.
};

/// What the suite needs from a backend. Every member is called from one thread at a time.
struct ComputeHarness {
  std::string name = {};  ///< For messages.
  /// Called once a case. The names of what a case makes begin with `prefix`; what it makes it destroys.
  std::function<Result<Compute>()> make_compute = {};
  std::string prefix = "ck-conf-";  ///< Lower-case letters, digits and `-`.
  /// A small machine of this backend, that may take commands: image, type, identity, … Its name is the suite's.
  std::function<Result<InstanceSpec>()> spec = {};
  /// For backends that make no machines: one that there is, running, on which cases may run commands.
  std::string host = {};
  /// The id of a machine that does not exist.
  std::string missing_id = "i-0123456789abcdef0";
  /// Optional: another network than the default one.
  std::string network = {};
  /// Optional: an alias of an image.
  std::string image_alias = {};
  /// False where nothing runs what machines are told to, as on a service that only pretends.
  bool executes = true;
  /// Where scripts and `copy_file` may write on a machine: an absolute path. Empty: where scripts begin.
  std::string directory = {};
  /// Optional: for the cases about what services take their time for. All at their defaults at the end of a case.
  std::function<void(const ComputeDelays&)> delay = {};
  /// Optional: how many requests the backend has sent, ever.
  std::function<long()> request_count = {};
  /// Optional: "authorize …" or "revoke …" for each request that changed rules of a firewall, ever.
  std::function<std::vector<std::string>()> rule_changes = {};
  /// How long the service may take for what it does later: to boot, to print, to forget.
  std::chrono::milliseconds patience{120'000};
  /// Fewer machines, for slow or costly services.
  bool reduced = false;
  /// As those of `ObjectStoreHarness`.
  Deviations known_deviations = {};
  Deviations occasional_deviations = {};  ///< The same.
};

/// The names of all cases, in the order of docs/backends.md.
CLOUDKIT_API std::vector<std::string> compute_cases();
/// Runs one case. Never throws. A case that the backend's capabilities or the harness exclude is skipped.
CLOUDKIT_API CaseResult run(std::string_view case_name, const ComputeHarness& harness);

}  // namespace cloudkit::inline v0::testing

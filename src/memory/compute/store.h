#pragma once

#include "core/time.h"

#include <cloudkit/memory_compute.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

/// What a memory cloud knows. Everything wants the store's lock, which is never held while a handler runs.
namespace cloudkit::inline v0::memory::compute {

using core::TimePoint;

/// A machine, and where it is on its way.
struct StoredMachine {
  Instance info = {};  ///< Without addresses.
  InstanceSpec spec = {};
  std::uint64_t number = 0;
  int late_looks = 0;
  int looks_left = 0;  ///< Until the state that it is in is followed by the next.
  int agent_looks = 0;
  bool user_data_ran = false;
  TimePoint ended = {};
  std::string console = {};
};

struct StoredFirewall {
  Firewall info = {};  ///< Each rule with one CIDR or one peer.
  int late_looks = 0;
};

struct StoredCommand {
  std::string machine = {};
  CommandResult result = {};
  int looks_left = 0;
};

struct StoredVolume {
  Volume info = {};
  VolumeSpec spec = {};
  int late_looks = 0;
  int looks_left = 0;
};

struct ComputeStore {
  explicit ComputeStore(const MemoryComputeOptions& given);

  TimePoint now() const { return (options.start ? *options.start : std::chrono::system_clock::now()) + passed; }
  /// At least one: else no listing would end.
  std::size_t page_size() const { return std::max<std::size_t>(options.page_size, 1); }
  std::string url() const { return "mem://" + options.name; }
  /// "i-000000000000002a".
  std::string next_id(std::string_view prefix);

  const MemoryComputeOptions options;
  mutable std::mutex mutex;
  std::chrono::system_clock::duration passed{0};  ///< What waits and `advance` moved the clock on.
  ComputeFaults faults = {};
  CommandHandler handler = {};
  std::map<std::string, StoredMachine, std::less<>> machines = {};
  std::map<std::string, StoredFirewall, std::less<>> firewalls = {};
  std::map<std::string, KeyPair, std::less<>> keys = {};
  std::map<std::string, StoredCommand, std::less<>> commands = {};
  std::map<std::string, StoredVolume, std::less<>> volumes = {};
  std::vector<std::string> rule_changes = {};
  std::uint64_t last_number = 0;
  long calls = 0;
};

/// Whether a fault that counts is due.
inline bool count_down(int& fault) {
  if (fault <= 0) return false;
  --fault;
  return true;
}

Error no_such(std::string_view what, std::string_view id);
/// An error after which the same call will succeed soon.
Error passing(ErrorCode code, std::string message);

}  // namespace cloudkit::inline v0::memory::compute

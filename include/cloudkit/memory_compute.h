#pragma once

#include <cloudkit/compute.h>
#include <cloudkit/driver/compute.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Machines within the program: nothing runs, but their states, firewalls, keys and volumes are as a cloud's. For tests
/// of what makes machines.
namespace cloudkit::inline v0::memory {

/// For a `MemoryCompute`.
struct MemoryComputeOptions {
  std::string name = "compute";  ///< Of its URL, mem://NAME.
  /// Where its clock stands until somebody waits or calls `advance`. Empty: the system's clock, which both move on.
  std::optional<std::chrono::system_clock::time_point> start = {};
  /// How long a second of `CommandSpec::timeout` really is: a test that waits for one need not wait that long.
  std::chrono::milliseconds timeout_second{1000};
  std::size_t page_size = 50;  ///< From 1.
  /// Aliases of images, and the ids that they lead to.
  std::map<std::string, std::string> images = {
      {"al2023", "img-al2023"}, {"debian-12", "img-debian-12"}, {"ubuntu-24.04", "img-ubuntu-24-04"}};
  std::vector<std::string> networks = {"net-default"};  ///< The first is the default one.
  std::vector<std::string> zones = {"mem-a", "mem-b"};  ///< The first is where machines are made without one.
};

/// What services do to their callers now and then. Those that count go down to 0, which is never.
struct ComputeFaults {
  int late_looks = 0;          ///< So many looks at what was just made find nothing: of everything made from now on.
  int pending_looks = 0;       ///< So many looks see a machine or a volume pending: of every one from now on.
  int stopping_looks = 0;      ///< The same of stopping.
  int terminating_looks = 0;   ///< The same of terminating.
  int agent_looks = 0;         ///< So many looks see no agent, and no open port, of every boot from now on.
  int command_looks = 0;       ///< So many looks see no end of a command: of every one from now on.
  int busy_firewalls = 0;      ///< So many destructions of a firewall find it still used.
  int unknown_identities = 0;  ///< So many creations find that the identity is not known yet.
  int unknown_commands = 0;    ///< So many looks at commands find that they are not known yet.
  int throttled_calls = 0;     ///< So many calls, of any kind, are too many.
  std::optional<int> capacity = {};  ///< How many machines there is room for. Empty: any number.
};

/// A script on a machine.
struct MachineCommand {
  Instance machine = {};      ///< As it is when the script begins.
  std::string script = {};    ///< All of it.
  bool is_user_data = false;  ///< That of its first boot.
  Context context = {};       ///< Ends with the script's time limit, too.
};
/// Plays the machine's shell. An error is the command's, as of a service.
using CommandHandler = std::function<Result<CommandResult>(const MachineCommand&)>;

/// One such cloud. Copies share what is behind them; it ends with the last of them and of its handles. Thread-safe.
///
/// A look, also a listing, is what moves a machine on to its next state, and runs its user data when it boots: to its
/// end, whatever time the looker has. A machine that is gone is listed for an hour, by this clock. Output beyond 24,000
/// bytes, errors beyond 8,000, are cut, as those of Systems Manager are.
class CLOUDKIT_API MemoryCompute {
 public:
  explicit MemoryCompute(const MemoryComputeOptions& options = {});  ///< One of its own.
  /// That of `open_compute("mem://NAME")`, whose handles wait like those of `compute`. Lives as long as the program.
  static MemoryCompute shared(std::string_view name);

  /// Its handles wait without time passing, but for a millisecond each; the clock is moved on instead. Looks at ports
  /// and URLs find what the machine's agent says.
  Compute compute() const;
  std::shared_ptr<ComputeDriver> driver() const;  ///< For a driver of yours around it.
  /// What `compute` gives its handles: for one around a driver of yours around this one.
  ComputeHooks hooks() const;

  /// Runs scripts and user data. Without one each succeeds and prints nothing.
  void set_command_handler(CommandHandler handler) const;
  void set_faults(const ComputeFaults& faults) const;  ///< From now on; replaces those that were set before.

  std::chrono::system_clock::time_point now() const;       ///< Of its clock.
  void advance(std::chrono::milliseconds duration) const;  ///< Moves its clock on.

  /// How many calls of the driver there have been.
  long calls() const;
  /// What has been done to the rules of firewalls, ever: "authorize ID 2", "revoke ID 1".
  std::vector<std::string> rule_changes() const;

  struct State;

 private:
  explicit MemoryCompute(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace cloudkit::inline v0::memory

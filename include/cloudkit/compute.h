#pragma once

#include <cloudkit/compute_types.h>
#include <cloudkit/context.h>
#include <cloudkit/result.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0 {

class ComputeDriver;

/// What `wait_ready` looks for: the first of port, URL and agent that is given, else that the machine takes commands.
struct ReadyProbe {
  int tcp_port = 0;           ///< Something accepts connections.
  std::string http_url = {};  ///< Answers with a status below 400. "{host}" stands for the machine's address.
  bool agent = false;  ///< The machine takes commands: for the reader, since a probe without all three says so, too.
  /// The `Instance::boot_id` of a boot that is about to end, by `reboot`: the machine has another one before it is
  /// looked at. Empty, or where the backend tells no boots: in any boot.
  std::string after_boot_id = {};
};

/// Injected, so that tests need no time and no network.
struct ComputeHooks {
  std::function<Context::Clock::time_point()> now = {};                                ///< Default: the clock's.
  std::function<Status(const Context&, Context::Clock::duration duration)> wait = {};  ///< Default: Context::wait_for.
  /// One look at a port or a URL. Errors: `unavailable`, `timeout`: not ready yet.
  std::function<Status(const Instance&, const ReadyProbe&, const Context&)> probe = {};
  std::function<double()> jitter = {};  ///< 0 to 1: how much shorter a wait is, at most by a quarter. Default: random.
};

/// For the calls of `Compute` that have nothing else to be told.
struct ComputeCallOptions {
  Context context = {};
};

/// For `Compute::destroy`.
struct DestroyInstanceOptions {
  bool wait = false;            ///< Until it is gone.
  bool with_firewalls = false;  ///< Also those of its firewalls that no other machine uses; waits. Never "default".
  std::chrono::seconds wait_limit{900};  ///< Of each wait; then `timeout`.
  Context context = {};
};

/// For the calls of `Compute` that wait.
struct WaitInstanceOptions {
  std::chrono::seconds wait_limit{600};  ///< Then `timeout`, or what the call lists for that.
  Context context = {};
};

/// For `Compute::run`.
struct RunOptions {
  std::chrono::seconds timeout{600};  ///< Of the script, on the machine.
  /// How long the machine may take until it accepts commands: a new one needs minutes.
  std::chrono::seconds ready_limit{300};
  Context context = {};
};

/// For `Compute::copy_file`.
struct CopyFileOptions {
  int mode = 0644;  ///< 0 to 07777.
  Context context = {};
  std::chrono::seconds ready_limit{300};  ///< As `RunOptions::ready_limit`.
  std::chrono::seconds timeout{600};      ///< As `RunOptions::timeout`, of each piece that is sent within a command.
};

/// One of the scripts that `run_all` runs in turn.
struct RunStep {
  std::string name = {};    ///< For reports.
  std::string script = {};  ///< As of `Compute::run`.
};

/// For `Compute::run_all`.
struct RunAllOptions {
  int workers = 8;                        ///< Hosts at a time. From 1; more than 64 are 64.
  std::chrono::seconds timeout{600};      ///< Of each step.
  std::chrono::seconds ready_limit{300};  ///< As `RunOptions::ready_limit`, for each step.
  /// Called when a step of a host has ended; one call at a time.
  std::function<void(const std::string& instance, const RunStep&, const Result<CommandResult>&)> progress = {};
  Context context = {};
};

/// How a step of `run_all` ended.
struct StepResult {
  std::string name = {};      ///< Of the step.
  CommandResult result = {};  ///< Its exit code, and what it printed.
};

/// What became of one host of `run_all`.
struct HostResult {
  std::string instance = {};           ///< As it was given.
  std::vector<StepResult> steps = {};  ///< Those that ran: the last one may have failed.
  std::optional<Error> error = {};     ///< The host could not be reached, or a step not be run.

  /// Whether every step ran and succeeded.
  bool ok() const noexcept { return !error && (steps.empty() || steps.back().result.ok()); }
};

/// Machines of one account in one region, of an inventory, or on this machine. Copies are cheap and share what is
/// behind them. Thread-safe. Every error names the operation and the machine.
///
/// Besides what each call lists, every one may return `unauthenticated`, `permission_denied`, `throttled`,
/// `unavailable`, `timeout`, `cancelled`, and `unsupported` for what the backend cannot do.
class CLOUDKIT_API Compute {
 public:
  /// For third-party backends. `driver` is never null.
  explicit Compute(std::shared_ptr<ComputeDriver> driver, ComputeHooks hooks = {});

  std::string url() const;  ///< For messages: "aws://us-west-2", "ssh://root@host".
  /// What `url` leaves open, so that accounts and endpoints can be told apart: "123456789012", of an endpoint that
  /// somebody named "http://127.0.0.1:5000". Empty: `url` says it all. Asks the service once at most.
  Result<std::string> account(const ComputeCallOptions& options = {}) const;
  ComputeCapabilities capabilities() const;  ///< What the backend can do, and its limits. Makes no request.

  // ---- Machines

  /// Launches a machine, without waiting for it. A repetition of the call makes another one, unless it has the token
  /// of the first: then it returns that. One whose reply was lost is repeated by its token for a minute. Whoever means
  /// to repeat a call gives the image's id, since an alias leads to another image some day. Errors: `invalid_argument`
  /// before any I/O, with the rule; `not_found` (image, key, firewall, network); `conflict`: the token belongs to other
  /// values; `unavailable`: the service has no room.
  Result<Instance> create(const InstanceSpec& spec, const ComputeCallOptions& options = {}) const;
  /// Errors: `not_found`.
  Result<Instance> get(std::string_view id, const ComputeCallOptions& options = {}) const;
  /// The one machine of this name that is not gone. Errors: `not_found`; `conflict`: there are several.
  Result<Instance> find(std::string_view name, const ComputeCallOptions& options = {}) const;
  /// In the backend's order.
  Result<std::vector<Instance>> list(const InstanceFilter& filter = {}, const ComputeCallOptions& options = {}) const;

  /// Begins it; success also when it runs or is about to. Errors: `conflict`: it is not stopped.
  Status start(std::string_view id, const ComputeCallOptions& options = {}) const;
  /// Begins it; success also when it is stopped. Errors: `conflict`: it is gone.
  Status stop(std::string_view id, const ComputeCallOptions& options = {}) const;
  /// Begins it. Errors: `conflict`: it is not running.
  Status reboot(std::string_view id, const ComputeCallOptions& options = {}) const;
  /// For ever. Success also when it is gone; but with its firewalls, one that is forgotten is `not_found`, since nobody
  /// knows any more which they were. Errors name the firewalls that are left. `conflict`: it is there, but denied.
  Status destroy(std::string_view id, const DestroyInstanceOptions& options = {}) const;

  /// Looks again and again, at most 15 seconds apart, for a state that stays: `running`, `stopped`, `terminated`,
  /// `failed`, or at least `terminating`. Errors: `timeout`, naming the last state; `conflict` when the state cannot
  /// come any more, or a start has failed; `not_found`, but for `terminated`; `invalid_argument`.
  Result<Instance> wait_until(std::string_view id, InstanceState state, const WaitInstanceOptions& options = {}) const;
  /// Until the machine answers: running is not ready. Errors: `timeout`, with why the last look failed; `conflict`
  /// when it is gone; `invalid_argument`.
  Result<Instance> wait_ready(std::string_view id, const ReadyProbe& probe,
                              const WaitInstanceOptions& options = {}) const;

  /// What it printed as it booted. On AWS it is empty for the first minutes.
  Result<std::string> console(std::string_view id, const ComputeCallOptions& options = {}) const;
  /// Adds tags to a machine or a firewall, by its id, or changes their values. On AWS the tag `Name` is the machine's
  /// name.
  Status set_tags(std::string_view id, const std::map<std::string, std::string>& tags,
                  const ComputeCallOptions& options = {}) const;
  /// Takes tags away; success also for those that are not there.
  Status remove_tags(std::string_view id, const std::vector<std::string>& keys,
                     const ComputeCallOptions& options = {}) const;

  // ---- Commands and files

  /// Runs a script with the machine's /bin/sh. That it failed is a value: `CommandResult::exit_code`. Errors:
  /// `not_found`; `conflict`: the machine does not run; `timeout`: it takes no commands; `invalid_argument`. A script
  /// that may have run is not repeated: `Error::may_have_happened`.
  Result<CommandResult> run(std::string_view id, std::string_view script, const RunOptions& options = {}) const;
  /// Runs steps in turn on each machine, several machines at a time; a machine's first failure ends its turn. Results
  /// are in the order of `ids`. Errors: `invalid_argument`.
  Result<std::vector<HostResult>> run_all(const std::vector<std::string>& ids, const std::vector<RunStep>& steps,
                                          const RunAllOptions& options = {}) const;
  /// A local file to `path` on the machine, whole or not at all. A backend without `ComputeCapabilities::files` sends
  /// it within commands, whose texts the service keeps in its history: no secrets there. Errors: `io`;
  /// `permission_denied`; `conflict`: the machine does not run; `timeout`: it takes no files; `invalid_argument` for a
  /// path that is not absolute, or a file too large to be sent within commands.
  Status copy_file(std::string_view id, const File& file, std::string_view path,
                   const CopyFileOptions& options = {}) const;
  /// @overload
  Status copy_file(std::string_view id, Bytes contents, std::string_view path,
                   const CopyFileOptions& options = {}) const;

  // ---- Firewalls: AWS's security groups

  /// Finds the firewall by name and network, or makes it, and makes its rules those of `spec`: adds what is missing
  /// before it takes away what is too much. Descriptions, and tags of one that is there, stay; with
  /// `allow_all_outbound` also AWS's rule for all of IPv6. Errors: `invalid_argument` before any I/O; `not_found`
  /// (network, peer); `unsupported`: it has `Firewall::other_rules`, which would stay.
  Result<Firewall> ensure_firewall(const FirewallSpec& spec, const ComputeCallOptions& options = {}) const;
  /// By id, or by name in the default network. Errors: `not_found`.
  Result<Firewall> get_firewall(std::string_view firewall, const ComputeCallOptions& options = {}) const;
  /// Of all networks, in the backend's order.
  Result<std::vector<Firewall>> list_firewalls(const ComputeCallOptions& options = {}) const;
  /// Makes its rules exactly these: without one that lets everything out, nothing gets out. Errors: `unsupported`: it
  /// has `Firewall::other_rules`, which would stay.
  Status set_rules(std::string_view firewall, const std::vector<FirewallRule>& rules,
                   const ComputeCallOptions& options = {}) const;
  /// Where nothing uses it, rules of others that name it as their peer are taken away, and put back if it cannot be
  /// destroyed all the same. Success also when it is gone. Errors: `conflict`: still in use after `wait_limit`, or 15 s
  /// after such rules were taken away; `invalid_argument`: a network's own one, "default".
  Status destroy_firewall(std::string_view firewall, const WaitInstanceOptions& options = {}) const;

  // ---- Keys and images

  /// Finds the key by name, or imports it. `public_key` is a line "ssh-ed25519 AAAA… comment". Errors:
  /// `invalid_argument`; `conflict`: another key has the name, where the backend can tell.
  Result<KeyPair> ensure_key(std::string_view name, std::string_view public_key,
                             const ComputeCallOptions& options = {}) const;
  /// In the backend's order.
  Result<std::vector<KeyPair>> list_keys(const ComputeCallOptions& options = {}) const;
  /// Success also when it is gone.
  Status destroy_key(std::string_view name, const ComputeCallOptions& options = {}) const;
  /// What an alias or an id leads to. Errors: `not_found`; `invalid_argument`, with the aliases that are known.
  Result<Image> resolve_image(std::string_view image, const ComputeCallOptions& options = {}) const;

  // ---- Volumes

  /// Waits until it is available; by the token of an earlier call, it may also be in use. Errors: `invalid_argument`.
  Result<Volume> create_volume(const VolumeSpec& spec, const WaitInstanceOptions& options = {}) const;
  /// Errors: `not_found`.
  Result<Volume> get_volume(std::string_view id, const ComputeCallOptions& options = {}) const;
  /// In the backend's order.
  Result<std::vector<Volume>> list_volumes(const ComputeCallOptions& options = {}) const;
  /// Waits until it is in use. Errors: `conflict`: in use elsewhere, or as another device; `not_found`.
  Status attach_volume(std::string_view volume, std::string_view instance, std::string_view device,
                       const WaitInstanceOptions& options = {}) const;
  /// Waits until it is available. Success also when it is attached to nothing.
  Status detach_volume(std::string_view volume, const WaitInstanceOptions& options = {}) const;
  /// Success also when it is gone. Errors: `conflict`: attached.
  Status destroy_volume(std::string_view volume, const ComputeCallOptions& options = {}) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// `aws://REGION`, `local:///DIR`, `ssh://USER@HOST`, `ssh:///INVENTORY`, `mem://NAME`. Does no I/O. Errors:
/// `invalid_argument`, with the known schemes or query keys.
CLOUDKIT_API Result<Compute> open_compute(std::string_view url);

}  // namespace cloudkit::inline v0

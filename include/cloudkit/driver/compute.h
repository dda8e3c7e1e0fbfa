#pragma once

#include <cloudkit/compute_types.h>
#include <cloudkit/result.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The contract that a backend of machines implements. Drivers are called from many threads at once. They may make the
/// several requests that one step needs, but never wait, poll, sleep or retry; they fill no defaults, and check only
/// what they alone can know: the handle does the rest. An error needs no `operation` and no `resource`: the handle adds
/// them.
///
/// What a service does not know yet, or still uses, is an error that is `retryable`: the handle looks again. It does so
/// in any case for `not_found` of the machine, firewall or volume that a call is about (and of a rule's peers), where
/// it made that itself within the last two minutes; of what `create` refers to, only the driver can tell which is
/// missing.
namespace cloudkit::inline v0 {

/// Machines, as many as come at once.
struct InstancePage {
  std::vector<Instance> instances = {};  ///< May be empty though more follow.
  std::string next_page_token = {};      ///< Empty: this was the last page.
};

/// Firewalls, as many as come at once.
struct FirewallPage {
  std::vector<Firewall> firewalls = {};  ///< May be empty though more follow.
  std::string next_page_token = {};      ///< Empty: this was the last page.
};

/// Volumes, as many as come at once.
struct VolumePage {
  std::vector<Volume> volumes = {};  ///< May be empty though more follow.
  std::string next_page_token = {};  ///< Empty: this was the last page.
};

/// A script that a backend has taken. One of the two is there.
struct SubmittedCommand {
  std::string id = {};                       ///< To ask for its result by.
  std::optional<CommandResult> result = {};  ///< It has run already.
};

/// Machines of one account in one region, of an inventory, or on this machine.
class CLOUDKIT_API ComputeDriver {
 public:
  ComputeDriver() = default;
  ComputeDriver(const ComputeDriver&) = delete;
  ComputeDriver& operator=(const ComputeDriver&) = delete;
  virtual ~ComputeDriver();

  virtual ComputeCapabilities capabilities() const = 0;  ///< Makes no request.
  /// For messages: "aws://us-west-2".
  virtual std::string url() const = 0;

  /// Errors: `not_found`. A machine that is gone may also be returned, as `terminated`.
  virtual Result<Instance> get(std::string_view id, const Context& context) = 0;
  /// Those that the filter lets through. `page_token` is empty for the first page, else the last page's.
  virtual Result<InstancePage> list_page(const InstanceFilter& filter, std::string_view page_token,
                                         const Context& context) = 0;

  /// What `url` leaves open: whose they are, or the endpoint that somebody named: "123456789012",
  /// "http://127.0.0.1:5000". Empty: `url` says it all. May ask the service, once.
  virtual Result<std::string> account(const Context& context);

  // Optional: the defaults answer `unsupported`.

  /// Returns at once, mostly with `pending`. `spec` has a token, an image's id and firewalls' ids; with the token of an
  /// earlier call it returns that call's machine. Errors: `conflict`: the token was used with other values, or its
  /// machine is gone; `not_found` that is `retryable`: the identity, key or firewall is not known everywhere yet;
  /// `invalid_argument`; `unavailable` that is not `retryable`: no capacity; `permission_denied` (a quota, too).
  virtual Result<Instance> create(const InstanceSpec& spec, const Context& context);
  /// Returns at once, mostly with `terminating`. Errors: `not_found`.
  virtual Result<Instance> destroy(std::string_view id, const Context& context);
  /// @{
  /// These return at once. Errors: `not_found`; `conflict`: not from this state.
  virtual Status start(std::string_view id, const Context& context);
  virtual Status stop(std::string_view id, const Context& context);
  virtual Status reboot(std::string_view id, const Context& context);
  /// @}

  /// Without any rule but those that the service itself gives a new one, which the handle looks at afterwards; it makes
  /// `rules` true. Errors:
  /// `already_exists`; `not_found` (network).
  virtual Result<Firewall> create_firewall(const FirewallSpec& spec, const Context& context);
  /// Errors: `not_found`.
  virtual Result<Firewall> get_firewall(std::string_view id, const Context& context);
  /// With `name` and `network` only those. An empty `network` is the default one when `name` is given, else any.
  virtual Result<FirewallPage> list_firewalls_page(std::string_view name, std::string_view network,
                                                   std::string_view page_token, const Context& context);
  /// Each rule has one CIDR or one peer, which is an id. A rule that is there already is success.
  virtual Status authorize_rules(std::string_view firewall, const std::vector<FirewallRule>& rules,
                                 const Context& context);
  /// A rule that is not there is success.
  virtual Status revoke_rules(std::string_view firewall, const std::vector<FirewallRule>& rules,
                              const Context& context);
  /// Errors: `not_found`; `conflict` that is `retryable`: still in use, by machines or by other firewalls' rules.
  virtual Status destroy_firewall(std::string_view id, const Context& context);
  /// Whether anything but a machine uses it, as a load balancer does. False by default: nothing else can.
  virtual Result<bool> is_firewall_attached(std::string_view id, const Context& context);

  /// `public_key` is a line as of authorized_keys. Errors: `already_exists`.
  virtual Result<KeyPair> import_key(std::string_view name, std::string_view public_key, const Context& context);
  /// All of them.
  virtual Result<std::vector<KeyPair>> list_keys(const Context& context);
  /// A missing one is success.
  virtual Status destroy_key(std::string_view name, const Context& context);

  /// Of an alias, the newest. An id is looked up, or returned as it is. Errors: `not_found`; `invalid_argument`: an
  /// alias that is not known, with those that are.
  virtual Result<Image> resolve_image(std::string_view image, const Context& context);

  /// Whether commands would be taken now.
  virtual Result<bool> agent_ready(std::string_view id, const Context& context);
  /// Starts a script, or runs it to its end. Errors: `not_found`; `unavailable`: the machine does not take commands,
  /// `retryable` when it soon may; else with `may_have_happened`.
  virtual Result<SubmittedCommand> submit_command(std::string_view id, const CommandSpec& command,
                                                  const Context& context);
  /// Nothing: it has not ended. Errors: `not_found` that is `retryable`: not known yet.
  virtual Result<std::optional<CommandResult>> poll_command(std::string_view id, std::string_view command,
                                                            const Context& context);
  /// A script that has ended is success.
  virtual Status cancel_command(std::string_view id, std::string_view command, const Context& context);
  /// Whole or not at all; replaces what is there.
  virtual Status put_file(std::string_view id, const Source& source, const FileTarget& target, const Context& context);

  /// What the machine has printed as it booted; may come minutes late.
  virtual Result<std::string> console(std::string_view id, const Context& context);
  /// Of a machine or a firewall: adds them, or changes their values. Errors: `not_found`.
  virtual Status set_tags(std::string_view id, const std::map<std::string, std::string>& tags, const Context& context);
  /// Tags that are not there are success. Errors: `not_found`.
  virtual Status remove_tags(std::string_view id, const std::vector<std::string>& keys, const Context& context);

  /// Returns at once, mostly with `creating`.
  virtual Result<Volume> create_volume(const VolumeSpec& spec, const Context& context);
  /// Errors: `not_found`.
  virtual Result<Volume> get_volume(std::string_view id, const Context& context);
  /// `page_token` is empty for the first page, else the last page's.
  virtual Result<VolumePage> list_volumes_page(std::string_view page_token, const Context& context);
  /// @{
  /// These return at once. Errors: `not_found`; `conflict`: not from this state.
  virtual Status attach_volume(std::string_view volume, std::string_view instance, std::string_view device,
                               const Context& context);
  virtual Status detach_volume(std::string_view volume, const Context& context);
  virtual Status destroy_volume(std::string_view volume, const Context& context);
  /// @}
};

}  // namespace cloudkit::inline v0

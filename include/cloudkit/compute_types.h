#pragma once

#include <cloudkit/context.h>
#include <cloudkit/error.h>
#include <cloudkit/export.h>
#include <cloudkit/io.h>
#include <cloudkit/result.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What handles and drivers of machines say to each other. Members of option structs are in an order that is API: new
/// ones go last.
namespace cloudkit::inline v0 {

/// `terminated`: gone, though some services list it for a while. `failed`: never came up. `unknown`: the backend cannot
/// tell.
enum class InstanceState { pending, running, stopping, stopped, terminating, terminated, failed, unknown };
/// "pending", …
CLOUDKIT_API std::string_view to_string(InstanceState state) noexcept;

/// A machine to be made.
struct InstanceSpec {
  std::string name = {};   ///< `[a-z]([a-z0-9-]{0,61}[a-z0-9])?`. On AWS the tag `Name`.
  std::string image = {};  ///< An id, or an alias: "al2023", "debian-12", "ubuntu-24.04".
  std::string type = {};   ///< The service's: "t2.micro".
  /// Ids, or names in the default network; with `subnet`, ids. Empty: the service's own default.
  std::vector<std::string> firewalls = {};
  std::string key = {};       ///< The name of a key pair, for ssh.
  std::string subnet = {};    ///< In which network it is. Empty: one of the default network's.
  std::string zone = {};      ///< "us-west-2a". Empty: any, or that of the subnet.
  std::string identity = {};  ///< What programs on it may do: an instance profile, a service account.
  /// For its first boot: `#!…`, `#cloud-config…`, or either as gzip. cloud_init.h makes it.
  std::string user_data = {};
  std::optional<bool> public_ip = {};            ///< Empty: as the subnet says.
  std::optional<int> disk_gib = {};              ///< Empty: as the image says.
  std::map<std::string, std::string> tags = {};  ///< Beside those that `name` sets.
  /// The machine's metadata ask for a session token:
  /// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
  bool metadata_v2_only = true;
  /// Makes a repeated `create` find the machine of the first: up to 64 printable ASCII characters. Empty: a fresh one.
  /// https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html
  std::string token = {};

  friend bool operator==(const InstanceSpec&, const InstanceSpec&) = default;
};

/// A machine as its backend knows it. What a backend does not know is empty.
struct Instance {
  std::string id = {};                                 ///< The service's own: "i-0123456789abcdef0".
  std::string name = {};                               ///< Empty: it has none.
  InstanceState state = InstanceState::unknown;        ///< When it was looked at.
  std::string state_reason = {};                       ///< Why it is as it is, in the service's words.
  std::string image = {};                              ///< Its id.
  std::string type = {};                               ///< The service's: "t2.micro".
  std::string zone = {};                               ///< "us-west-2a".
  std::string private_ip = {};                         ///< Within its network.
  std::string public_ip = {};                          ///< Empty: there is none, or none yet.
  std::string dns_name = {};                           ///< That of `public_ip`, or of a host.
  std::vector<std::string> firewalls = {};             ///< Ids.
  std::string key = {};                                ///< The name of its key pair.
  std::map<std::string, std::string> tags = {};        ///< With AWS's `Name`.
  std::string token = {};                              ///< With which it was made.
  std::string boot_id = {};                            ///< Changes with each boot, where the backend sees that.
  std::chrono::system_clock::time_point created = {};  ///< When it was launched.
};

/// All that are given must hold; of several ids or states one.
struct InstanceFilter {
  std::string name = {};                         ///< Equal to `Instance::name`. Empty: any.
  std::vector<std::string> ids = {};             ///< Any of these. Empty: all.
  std::vector<InstanceState> states = {};        ///< Any of these. Empty: all.
  std::map<std::string, std::string> tags = {};  ///< All of them, with equal values.
  std::string token = {};                        ///< Equal to `Instance::token`. Empty: any.
};

/// As the machine sees it.
enum class Direction { inbound, outbound };
/// `all`: of any protocol.
enum class Protocol { tcp, udp, icmp, all };
/// "inbound", … and "tcp", …
CLOUDKIT_API std::string_view to_string(Direction direction) noexcept;
/// @overload
CLOUDKIT_API std::string_view to_string(Protocol protocol) noexcept;

/// Lets traffic through.
struct FirewallRule {
  Direction direction = Direction::inbound;  ///< Of the connections that it lets through.
  Protocol protocol = Protocol::tcp;         ///< Which of them.
  int from = 0;                              ///< Ports, 0 to 65535. Of `icmp` and `all` there are none: both 0.
  int to = 0;                                ///< The last port; equal to `from` for one.
  std::vector<std::string> cidrs = {};       ///< "10.0.0.0/8", "2001:db8::/32": without host bits.
  std::string peer_firewall = {};            ///< Machines behind this one: a name or an id. Beside `cidrs` or instead.
  std::string description = {};              ///< Where the service keeps one; does not tell rules apart.

  friend bool operator==(const FirewallRule&, const FirewallRule&) = default;
};

/// AWS's security group.
struct FirewallSpec {
  std::string name = {};                            ///< As `InstanceSpec::name`; not "sg-…".
  std::string description = "managed by cloudkit";  ///< On AWS required, and never changed.
  std::string network = {};                         ///< A VPC. Empty: the default one.
  std::vector<FirewallRule> rules = {};             ///< Exactly these, and the one of `allow_all_outbound`.
  bool allow_all_outbound = true;                   ///< Beside `rules`.
  std::map<std::string, std::string> tags = {};     ///< Of a firewall that is made.

  friend bool operator==(const FirewallSpec&, const FirewallSpec&) = default;
};

/// A firewall that is there.
struct Firewall {
  std::string id = {};                           ///< The service's own: "sg-0123456789abcdef0".
  std::string name = {};                         ///< Unique in its network.
  std::string description = {};                  ///< As it was made with.
  std::string network = {};                      ///< The id of a VPC; empty: there are none.
  std::vector<FirewallRule> rules = {};          ///< With the one that lets everything out. `peer_firewall` is an id.
  std::map<std::string, std::string> tags = {};  ///< As they are now.
  /// In words, what else the service lets through, and a FirewallRule cannot say: "inbound protocol 50 from …". Nothing
  /// here changes them.
  std::vector<std::string> other_rules = {};
};

/// The public half of a key, which new machines let in.
struct KeyPair {
  std::string name = {};         ///< By which `InstanceSpec::key` names it.
  std::string id = {};           ///< The service's own.
  std::string fingerprint = {};  ///< As the service writes it: base64 of SHA-256, or hex of MD5.
};

/// What machines are made from.
struct Image {
  std::string id = {};            ///< For `InstanceSpec::image`.
  std::string name = {};          ///< Or the alias that led to it.
  std::string architecture = {};  ///< "x86_64", "arm64"; empty: not known.
};

/// A disk to be made.
/// https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html
struct VolumeSpec {
  int size_gib = 0;                              ///< 1 to 65536.
  std::string zone = {};                         ///< That of the machine that it is for.
  std::string type = {};                         ///< The service's: "gp3".
  std::map<std::string, std::string> tags = {};  ///< To be told apart by.
  std::string token = {};                        ///< As `InstanceSpec::token`.
};

/// What a volume is about.
enum class VolumeState { creating, available, in_use, deleting, deleted, failed, unknown };
/// "creating", …
CLOUDKIT_API std::string_view to_string(VolumeState state) noexcept;

/// A disk that is there.
struct Volume {
  std::string id = {};                       ///< The service's own: "vol-0123456789abcdef0".
  VolumeState state = VolumeState::unknown;  ///< When it was looked at.
  int size_gib = 0;                          ///< In GiB.
  std::string zone = {};                     ///< Only machines there can have it.
  std::string type = {};                     ///< The service's: "gp3".
  std::string instance = {};                 ///< To which it is attached. Empty while it is being attached or detached.
  std::string device = {};                   ///< As which: "/dev/sdf".
  std::map<std::string, std::string> tags = {};  ///< As they are now.
};

/// A script for a machine.
struct CommandSpec {
  std::string script = {};            ///< For /bin/sh.
  std::chrono::seconds timeout{600};  ///< Then it is ended. From 1 s.
};

/// How a script ended that ran.
struct CommandResult {
  int exit_code = 0;                     ///< 128 + n when signal n ended it.
  std::string out = {};                  ///< What it printed.
  std::string err = {};                  ///< What it printed as errors.
  bool truncated = false;                ///< The backend cut `out` or `err`: see ComputeCapabilities::max_output.
  bool timed_out = false;                ///< It was ended at its time limit; `exit_code` means nothing then.
  std::chrono::milliseconds elapsed{0};  ///< How long it ran, as far as the backend knows.

  bool ok() const noexcept { return exit_code == 0 && !timed_out; }  ///< Whether it ended by itself, with 0.
};

/// Where a file is to be, and how.
struct FileTarget {
  std::string path = {};  ///< Absolute, on the machine.
  int mode = 0644;        ///< 0 to 07777.
};

/// What a backend can do beyond finding machines; and its limits, 0 where it has none.
struct ComputeCapabilities {
  bool create = false;                          ///< Makes and destroys machines.
  bool power = false;                           ///< Starts, stops and reboots them.
  bool firewalls = false;                       ///< Has firewalls, and changes them.
  bool enforces_firewalls = false;              ///< Else it keeps their rules, and traffic passes all the same.
  bool keys = false;                            ///< Has key pairs, and changes them.
  bool image_aliases = false;                   ///< Knows images by names such as "debian-12".
  bool user_data = false;                       ///< Machines run `InstanceSpec::user_data`.
  bool commands = false;                        ///< `Compute::run`.
  bool files = false;                           ///< `put_file`; without it the handle sends files within commands.
  bool console = false;                         ///< `Compute::console`.
  bool tags = false;                            ///< Changes them, too.
  bool volumes = false;                         ///< Has volumes, and changes them.
  bool read_after_write = false;                ///< What one call has made, the next one finds.
  bool agent = false;                           ///< Says whether a machine takes commands.
  std::uint64_t max_user_data = 0;              ///< Bytes of `InstanceSpec::user_data`, as it is given.
  std::uint64_t max_script = 0;                 ///< Bytes of a script.
  std::uint64_t max_output = 0;                 ///< Of a script: what is returned of `out`.
  std::uint64_t max_error = 0;                  ///< The same of `err`.
  std::chrono::seconds min_command_timeout{1};  ///< Of `CommandSpec::timeout`.
  int max_tags = 0;                             ///< Of a machine, with `Name`.
};

}  // namespace cloudkit::inline v0

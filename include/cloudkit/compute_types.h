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
  std::string key = {};  ///< The name of a key pair, for ssh.
  std::string subnet = {};
  std::string zone = {};
  std::string identity = {};  ///< What programs on it may do: an instance profile, a service account.
  std::string user_data =
      {};  ///< For its first boot: `#!…`, `#cloud-config…`, or either as gzip. cloud_init.h makes it.
  std::optional<bool> public_ip = {};  ///< Empty: as the subnet says.
  std::optional<int> disk_gib = {};    ///< Empty: as the image says.
  std::map<std::string, std::string> tags = {};
  bool metadata_v2_only =
      true;  ///< The machine's metadata ask for a session token:
             ///< https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
  /// Makes a repeated `create` find the machine of the first: up to 64 printable ASCII characters. Empty: a fresh one.
  std::string token = {};

  friend bool operator==(const InstanceSpec&, const InstanceSpec&) = default;
};

/// A machine as its backend knows it. What a backend does not know is empty.
struct Instance {
  std::string id = {};
  std::string name = {};
  InstanceState state = InstanceState::unknown;
  std::string state_reason = {};
  std::string image = {};
  std::string type = {};
  std::string zone = {};
  std::string private_ip = {};
  std::string public_ip = {};
  std::string dns_name = {};
  std::vector<std::string> firewalls = {};  ///< Ids.
  std::string key = {};
  std::map<std::string, std::string> tags = {};
  std::string token = {};    ///< With which it was made.
  std::string boot_id = {};  ///< Changes with each boot, where the backend sees that.
  std::chrono::system_clock::time_point created = {};
};

/// All that are given must hold; of several ids or states one.
struct InstanceFilter {
  std::string name = {};
  std::vector<std::string> ids = {};
  std::vector<InstanceState> states = {};
  std::map<std::string, std::string> tags = {};
  std::string token = {};
};

enum class Direction { inbound, outbound };
enum class Protocol { tcp, udp, icmp, all };
/// "inbound", … and "tcp", …
CLOUDKIT_API std::string_view to_string(Direction direction) noexcept;
CLOUDKIT_API std::string_view to_string(Protocol protocol) noexcept;

/// Lets traffic through.
struct FirewallRule {
  Direction direction = Direction::inbound;
  Protocol protocol = Protocol::tcp;
  int from = 0;  ///< Ports, 0 to 65535. Of `icmp` and `all` there are none: both 0.
  int to = 0;
  std::vector<std::string> cidrs = {};  ///< "10.0.0.0/8", "2001:db8::/32": without host bits.
  std::string peer_firewall = {};       ///< Machines behind this one: a name or an id. Beside `cidrs` or instead.
  std::string description = {};

  friend bool operator==(const FirewallRule&, const FirewallRule&) = default;
};

/// AWS's security group.
struct FirewallSpec {
  std::string name = {};  ///< As `InstanceSpec::name`; not "sg-…".
  std::string description = "managed by cloudkit";
  std::string network = {};  ///< A VPC. Empty: the default one.
  std::vector<FirewallRule> rules = {};
  bool allow_all_outbound = true;  ///< Beside `rules`.
  std::map<std::string, std::string> tags = {};

  friend bool operator==(const FirewallSpec&, const FirewallSpec&) = default;
};

struct Firewall {
  std::string id = {};
  std::string name = {};
  std::string description = {};
  std::string network = {};
  std::vector<FirewallRule> rules = {};  ///< With the one that lets everything out. `peer_firewall` is an id.
  std::map<std::string, std::string> tags = {};
  /// In words, what else the service lets through, and a FirewallRule cannot say: "inbound protocol 50 from …". Nothing
  /// here changes them.
  std::vector<std::string> other_rules = {};
};

struct KeyPair {
  std::string name = {};
  std::string id = {};
  std::string fingerprint = {};
};

struct Image {
  std::string id = {};
  std::string name = {};          ///< Or the alias that led to it.
  std::string architecture = {};  ///< "x86_64", "arm64"; empty: not known.
};

struct VolumeSpec {
  int size_gib = 0;
  std::string zone = {};  ///< That of the machine that it is for.
  std::string type = {};  ///< The service's: "gp3".
  std::map<std::string, std::string> tags = {};
  std::string token = {};  ///< As `InstanceSpec::token`.
};

enum class VolumeState { creating, available, in_use, deleting, deleted, failed, unknown };
CLOUDKIT_API std::string_view to_string(VolumeState state) noexcept;

struct Volume {
  std::string id = {};
  VolumeState state = VolumeState::unknown;
  int size_gib = 0;
  std::string zone = {};
  std::string type = {};
  std::string instance = {};  ///< To which it is attached. Empty while it is being attached or detached.
  std::string device = {};
  std::map<std::string, std::string> tags = {};
};

/// A script for a machine.
struct CommandSpec {
  std::string script = {};            ///< For /bin/sh.
  std::chrono::seconds timeout{600};  ///< Then it is ended. From 1 s.
};

/// How a script ended that ran.
struct CommandResult {
  int exit_code = 0;  ///< 128 + n when signal n ended it.
  std::string out = {};
  std::string err = {};
  bool truncated = false;  ///< The backend cut `out` or `err`: see ComputeCapabilities::max_output.
  bool timed_out = false;  ///< It was ended at its time limit; `exit_code` means nothing then.
  std::chrono::milliseconds elapsed{0};

  bool ok() const noexcept { return exit_code == 0 && !timed_out; }
};

struct FileTarget {
  std::string path = {};  ///< Absolute, on the machine.
  int mode = 0644;
};

/// What a backend can do beyond finding machines; and its limits, 0 where it has none.
struct ComputeCapabilities {
  bool create = false;  ///< Makes and destroys machines.
  bool power = false;   ///< Starts, stops and reboots them.
  bool firewalls = false;
  bool enforces_firewalls = false;  ///< Else it keeps their rules, and traffic passes all the same.
  bool keys = false;
  bool image_aliases = false;
  bool user_data = false;
  bool commands = false;
  bool files = false;  ///< `put_file`; without it the handle sends files within commands.
  bool console = false;
  bool tags = false;  ///< Changes them, too.
  bool volumes = false;
  bool agent = false;  ///< Says whether a machine takes commands.
  std::uint64_t max_user_data = 0;
  std::uint64_t max_script = 0;
  std::uint64_t max_output = 0;  ///< Of a script: what is returned of `out`.
  std::uint64_t max_error = 0;   ///< The same of `err`.
  std::chrono::seconds min_command_timeout{1};
  int max_tags = 0;
};

}  // namespace cloudkit::inline v0

#pragma once

#include <cloudkit/compute.h>
#include <cloudkit/export.h>
#include <cloudkit/result.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// Hosts that exist already, over the system's `ssh`.
namespace cloudkit::inline v0::ssh {

/// How `ssh` is called. What is empty the user's own configuration says, ~/.ssh/config.
struct ConnectionOptions {
  /// The private key's file, or the name without ".pub" of one that an agent holds; then no other key is tried.
  std::string key = {};
  std::string known_hosts = {};              ///< The file of host keys; then no other file counts.
  std::string config = {};                   ///< Instead of the user's and the system's; "none": neither.
  std::string program = "ssh";               ///< Searched for on PATH, where it is no path.
  std::chrono::seconds connect_timeout{10};  ///< Until a host must have answered.
  /// How long the connection to a host is kept after the last call: the next one needs no new one.
  std::chrono::seconds idle_limit{60};
  std::uint64_t max_output = std::uint64_t{1} << 20;  ///< Bytes of `out`, and as many of `err`.
};

/// For `make_compute`: one host.
struct SshOptions {
  std::string host = {};              ///< A name, an address, or a `Host` of the configuration.
  std::string user = {};              ///< Empty: as the configuration says.
  int port = 0;                       ///< 0: as the configuration says.
  ConnectionOptions connection = {};  ///< How it is reached.
};

/// For `make_compute`: many hosts.
struct InventoryOptions {
  std::string file = {};              ///< In Ansible's INI form.
  std::string group = {};             ///< Only its hosts. Empty: all.
  std::string user = {};              ///< Of hosts for which the file names none.
  ConnectionOptions connection = {};  ///< How all of them are reached.
};

/// The one host. It is `running` when it answers, else `unknown`; its id is `SshOptions::host`. Commands and files; no
/// host is made, stopped or destroyed. Does no I/O. Errors: `invalid_argument`.
///
/// Host keys are always checked, and a key that is not known is refused. Each host has one connection for all calls,
/// whose socket lies in a directory of this user alone; it is closed with the last copy of the handle. A script reaches
/// the host by its standard input, and runs there when all of it has come. When the caller's time is up it is ended
/// there too, with what it started; but what has become another user's (`sudo`), or has left its process group
/// (`setsid`), goes on.
CLOUDKIT_API Result<Compute> make_compute(SshOptions options);
/// The hosts of an inventory, by the names that they have there; groups are tags, `group:web`. The file is read at the
/// first call, of which the errors are those of `parse_inventory`, and `not_found`. A list asks no host, and its states
/// are `unknown`, unless its filter names states; `get` asks.
CLOUDKIT_API Result<Compute> make_compute(InventoryOptions options);

/// A host of an inventory, with what counts for it.
struct InventoryHost {
  std::string name = {};                              ///< By which it stands in the file.
  std::string address = {};                           ///< `ansible_host`, else the name.
  std::string user = {};                              ///< `ansible_user`; empty: not said.
  int port = 0;                                       ///< `ansible_port`; 0: not said.
  std::string key = {};                               ///< `ansible_ssh_private_key_file`; empty: not said.
  std::vector<std::string> groups = {};               ///< Also those above them, but `all`.
  std::map<std::string, std::string> variables = {};  ///< Those that are not Ansible's own.
  int line = 0;                                       ///< Where it is named first.
};

/// What an inventory says.
struct Inventory {
  std::vector<InventoryHost> hosts = {};  ///< In the order of the file.
  std::vector<std::string> groups = {};   ///< Sorted.
};

/// Reads Ansible's INI form: hosts, ranges, groups, `[G:children]`, `[G:vars]`, `[all:vars]`. Of several values the
/// host's own counts, then the one of the group that is further down, then of the later one in the alphabet
/// (`ansible_group_priority` first). Errors: `invalid_argument`, with `file_name` and the line, also for what would
/// change how a host is reached and is not supported: passwords, `ansible_become`, templates.
CLOUDKIT_API Result<Inventory> parse_inventory(std::string_view text, std::string_view file_name);

}  // namespace cloudkit::inline v0::ssh

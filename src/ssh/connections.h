#pragma once

#include "ssh/command_line.h"
#include "ssh/socket_directory.h"

#include <cloudkit/context.h>
#include <cloudkit/ssh.h>

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace cloudkit::inline v0::ssh {

/// The connections that calls share, one a host, which ssh itself keeps: here is where their sockets are, and who makes
/// a new one. They are closed with this. Thread-safe.
class Connections {
 public:
  explicit Connections(ConnectionOptions options);
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;
  ~Connections();

  const ConnectionOptions& options() const noexcept { return options_; }

  /// Options that this ssh has turned out not to know.
  OptionNames left_out() const;
  void leave_out(std::string_view option);

  struct Entrance {
    std::string socket = {};
    bool makes = false;  ///< The connection: then `leave` follows.
  };

  /// The place of a host's socket. One call at a time makes a connection; the others wait for it here, and then share
  /// it, or what became of it. Errors: `io`; those of the context, and of `leave` meanwhile.
  Result<Entrance> enter(const InventoryHost& host, const Context& context);
  /// Others need not wait any more. With an error they need not try either: a host that is off would cost each of them
  /// the connection's time limit, one after the other.
  void leave(const InventoryHost& host, const std::optional<Error>& failure = {});

  /// For a connection over which nothing comes: the next call makes a new one. What runs over this one goes on.
  void give_up(const InventoryHost& host, const std::string& socket);

 private:
  struct Shared {
    InventoryHost host = {};
    std::string socket = {};
    bool is_being_made = false;
    std::uint64_t failures = 0;
    std::optional<Error> last_failure = {};
  };

  Status make_directory();
  std::string new_socket();
  Shared& find(const InventoryHost& host);
  void order(const InventoryHost& host, const std::string& socket, const std::string& order) const;

  const ConnectionOptions options_;
  const pid_t owner_;  // A fork of the program does not close what its parent uses.
  mutable std::mutex mutex_;
  SocketDirectory directory_ = {};
  std::map<std::string, Shared> hosts_ = {};
  int sockets_ = 0;
  OptionNames left_out_ = {};
};

}  // namespace cloudkit::inline v0::ssh

#pragma once

#include "core/unique_fd.h"
#include "local/compute/supervisor/console.h"
#include "local/compute/supervisor/protocol.h"

#include <sys/types.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0::local::compute {

struct SupervisorSettings {
  std::string id = {};
  std::string boot_id = {};
  std::chrono::milliseconds grace = {};  ///< Between SIGTERM and SIGKILL.
};

/// A running machine, whose directory is the current one: starts what it runs, takes orders, and ends all of it. One
/// thread, one poll loop.
class Supervisor {
 public:
  explicit Supervisor(SupervisorSettings settings)
      : settings_(std::move(settings)), first_boot_id_(settings_.boot_id) {}

  /// Listens, and says so in the status file. Else returns why not.
  std::string begin();
  /// Until it is powered off or destroyed.
  void run();

 private:
  using Clock = std::chrono::steady_clock;
  enum class Ending { none, power_off, reboot, destroy };
  struct Connection {
    core::UniqueFd socket = {};
    pid_t command = 0;      // 0: it has not said what it wants.
    bool given_up = false;  // Its command was killed.
  };

  std::string listen();
  std::string write_status();
  /// The same, and again later when the disk does not take it.
  void note_status();
  void boot();
  void start_script(const std::string& path, pid_t& pid);
  void begin_ending(Ending ending);
  void end_what_is_left();
  void remove_everything();

  void wait_for_something();
  void accept_connections();
  void read_console();
  /// False: it is done with.
  bool serve(Connection& connection);
  Reply obey(Connection& connection, const Request& request, const std::vector<core::UniqueFd>& descriptors);
  bool means_this_boot(const Request& request) const;
  bool drop_silent_connection();
  void kill_command(Connection& connection);
  int run_script(Connection& connection, const std::vector<core::UniqueFd>& descriptors);
  void report_command(pid_t pid, int status);
  void reap();
  void on_exit(pid_t pid, int status);
  void say(std::string_view what);

  std::vector<pid_t> what_runs() const;

  SupervisorSettings settings_;
  const std::string first_boot_id_;
  Console console_;
  core::UniqueFd listener_;
  core::UniqueFd console_in_;
  core::UniqueFd console_out_;
  bool may_accept_ = true;  // False: there are too many open files.
  std::vector<Connection> connections_;
  pid_t boot_script_ = 0;
  pid_t user_data_ = 0;
  std::string user_data_end_;  // How it ended.
  std::string noted_boot_id_;  // That of the status file.
  bool status_due_ = false;
  Clock::time_point status_again_;
  Ending ending_ = Ending::none;
  std::string next_boot_id_;
  Clock::time_point kill_at_;
  std::vector<pid_t> asked_;  // By SIGTERM.
  bool all_gone_ = false;
};

}  // namespace cloudkit::inline v0::local::compute

#pragma once

#include "local/compute/machine_record.h"
#include "local/file_lock.h"

#include <cloudkit/context.h>
#include <cloudkit/error.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0::local::compute {

/// A machine as it was found.
struct Machine {
  MachineRecord record = {};
  std::optional<MachineStatus> status = {};
  bool alive = false;  ///< Its supervisor runs.
  bool gone = false;   ///< Nothing of it is left but the memory.

  InstanceState state() const { return gone ? InstanceState::terminated : state_of(record, status, alive); }
  Instance instance() const;
};

/// The directory in which machines on this computer are kept. Several programs may share it. Directories have mode
/// 0700, files 0600. Thread-safe.
///
///   instances/ID/…       a machine: see supervisor/protocol.h
///   terminated/ID.json   what is remembered of one that is gone, for a day
///   firewalls/ID.json  keys/NAME.json  runtime/supervisor-…  lock
///   trash/ID/…           what is being removed, by who holds trash.lock
///
/// A machine appears and disappears by the rename of its directory. What is half made or half removed is nobody's, and
/// is removed with the next change. Where others may write, nothing is read or run: see check_private_directory.
class MachineStore {
 public:
  explicit MachineStore(std::string directory) : directory_(std::move(directory)) {}

  const std::string& directory() const noexcept { return directory_; }
  std::string path(std::string_view name) const;
  std::string machine_path(std::string_view id) const { return path("instances/" + std::string(id)); }

  /// Held for every change. Makes the directories that are missing, and removes what programs that died have left: what
  /// is large of that before others have to wait.
  /// Errors: `permission_denied`, `io`, those of the context.
  Result<FileLock> begin_change(const Context& context) const;

  /// "i-" and 17 hexadecimal digits, which grow with time.
  static std::string make_id(core::TimePoint now);
  /// Appears whole, with `user_data` if there is any. Errors: `io`.
  Status add(const MachineRecord& record, std::string_view user_data) const;
  Status write(const MachineRecord& record) const;
  /// Also what is remembered of one that is gone. Errors: `not_found`, `permission_denied`, `data_loss`, `io`.
  Result<Machine> find(std::string_view id) const;
  /// In order of their making; with those that are gone.
  Result<std::vector<Machine>> all() const;

  /// Remembers that it was.
  Status write_terminated(const MachineRecord& record) const;
  /// Of a destroyed machine whose supervisor does not run: ends what is left of it, and moves its files away. Nothing
  /// when somebody else is at it. Errors: `io`.
  Status finish_removal(const Machine& machine) const;
  /// Removes what was moved away, which may take long: not while a change waits. What is left, as the context ends, the
  /// next change removes.
  void empty_trash(const Context& context) const;

 private:
  Status check_private() const;
  Result<std::optional<Machine>> read(std::string_view id) const;
  Result<std::optional<MachineRecord>> read_terminated(std::string_view id) const;
  void tidy() const;

  const std::string directory_;
};

/// Whether it can be the id of a machine, and so the name of its directory.
bool is_machine_id(std::string_view text);
Error no_such_machine(std::string_view id);

}  // namespace cloudkit::inline v0::local::compute

#pragma once

#include "core/unique_fd.h"

#include <cloudkit/object_types.h>
#include <cloudkit/result.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0::syncing {

/// A directory of snapshots, and what belongs to them in its `.cloudkit`:
///
///   lock                 held while a backup or prune runs
///   NAME.manifest.jsonl  of a snapshot, finished or about to be
///   NAME.plan.jsonl      what a `NAME.partial` is to become
///   NAME.journal         what of it is done, but for what was linked while the plan was made
///   damaged              files whose bytes are others, as a verify found
///   parts/               files that are being written
///   removed-NAME/        what a prune has not removed yet
///
/// All below it is opened beneath its descriptor, so that no symbolic link leads out.
class BackupDir {
 public:
  enum class Access {
    read,
    change,  ///< Takes the lock.
    write,   ///< Makes what is missing, too.
  };
  /// Errors: `not_found`; `conflict`, retryable; `io`, …
  static Result<BackupDir> open(const std::string& path, Access access);

  int root() const noexcept { return root_.get(); }
  int state() const noexcept { return state_.get(); }
  std::string path_of(std::string_view name) const { return path_ + '/' + std::string(name); }
  std::string state_path_of(std::string_view name) const { return path_of(".cloudkit/") + std::string(name); }

  /// Of finished snapshots, the oldest first.
  Result<std::vector<std::string>> names(const Context& context) const;
  /// Of snapshots that are not finished, without their ".partial".
  Result<std::vector<std::string>> partial_names(const Context& context) const;
  /// What `name` names: empty is the newest. Errors: `not_found`.
  Result<std::string> resolve(const std::string& name, const Context& context) const;
  bool has_state(const std::string& name) const noexcept;
  /// A file in `.cloudkit`, which need not be there.
  void remove_state(const std::string& name) const noexcept;
  /// Gives a finished file in `.cloudkit` a second name. False where a link cannot be, or the name is taken.
  Result<bool> link_state(const std::string& name, const std::string& second, bool sync) const;
  /// Makes `latest` lead to a snapshot: for people, no snapshot depends on it.
  void set_latest(const std::string& name, bool sync) const;
  /// Renames a directory at the root, and says so to the disk.
  Status rename(const std::string& from, const std::string& to, bool sync) const;
  /// Takes a snapshot away: its name at once, then its files. A crash leaves what `clean` removes.
  Status remove_snapshot(const std::string& name, const Context& context) const;
  /// What earlier programs have left behind.
  Status clean(const Context& context) const;

 private:
  Status replace_latest(const std::string& name, bool sync) const;
  BackupDir(std::string path, core::UniqueFd root) : path_(std::move(path)), root_(std::move(root)) {}
  Status lock();
  Result<std::vector<std::string>> names_with(std::string_view suffix, const Context& context) const;

  std::string path_;
  core::UniqueFd root_;
  core::UniqueFd state_;
  core::UniqueFd lock_;
};

inline constexpr std::string_view kPartial = ".partial";
inline constexpr std::string_view kManifest = ".manifest.jsonl";
inline constexpr std::string_view kPlan = ".plan.jsonl";
inline constexpr std::string_view kJournal = ".journal";
inline constexpr const char* kParts = "parts";

/// "2026-11-23T01-00-00Z"
std::string snapshot_name(TimePoint time);
/// Nothing for what is no snapshot's name.
std::optional<TimePoint> time_of_snapshot(std::string_view name);

}  // namespace cloudkit::inline v0::syncing

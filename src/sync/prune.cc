#include "core/fail.h"
#include "core/fs_error.h"
#include "core/perform.h"
#include "sync/backup_dir.h"
#include "sync/reporter.h"
#include "sync/retention.h"
#include "sync/snapshot.h"

#include <fcntl.h>

#include <cerrno>
#include <map>
#include <optional>

namespace cloudkit::inline v0 {
namespace syncing {
namespace {

using Days = std::chrono::duration<std::int64_t, std::ratio<86400>>;

std::int64_t day_of(TimePoint time) { return std::chrono::floor<Days>(time.time_since_epoch()).count(); }
// The first day of 1970 was a Thursday.
std::int64_t week_of(TimePoint time) {
  const std::int64_t day = day_of(time) + 3;
  return day >= 0 ? day / 7 : (day - 6) / 7;
}
std::int64_t month_of(TimePoint time) {
  const std::string name = snapshot_name(time);
  return std::int64_t{100} * std::stoi(name.substr(0, 4)) + std::stoi(name.substr(5, 2));
}

// The newest of each of the last `count` periods in which there is one; of a period in which one is complete, that.
void keep_newest(const std::vector<const Snapshot*>& newest_first, int count, std::int64_t (*period_of)(TimePoint),
                 std::set<std::string>& kept) {
  std::map<std::int64_t, const Snapshot*> chosen;
  for (const Snapshot* snapshot : newest_first) {
    const std::int64_t period = period_of(snapshot->started);
    const auto found = chosen.find(period);
    if (found == chosen.end()) {
      if (chosen.size() < static_cast<std::size_t>(count)) chosen.emplace(period, snapshot);
    } else if (snapshot->complete() && !found->second->complete()) {
      found->second = snapshot;
    }
  }
  for (const auto& [period, snapshot] : chosen) kept.insert(snapshot->name);
}

Status check_manifest(const BackupDir& dir, const std::string& name, const Context& context) {
  const std::string file = name + std::string(kManifest);
  const auto manifest = ManifestReader::open(dir.state(), file, dir.state_path_of(file));
  return manifest ? manifest->check_digest(context) : Status(manifest.error());
}

// What is to stay may be what others are removed for: so its manifest is read to the end. One that is damaged stays for
// that, and another one counts in its place.
Result<std::set<std::string>> choose_kept(const BackupDir& dir, std::vector<Snapshot>& snapshots,
                                          const PruneOptions& options) {
  std::set<std::string> checked;
  while (true) {
    std::set<std::string> kept = kept_snapshots(snapshots, options);
    bool all_sound = true;
    for (Snapshot& snapshot : snapshots) {
      if (snapshot.damage || kept.count(snapshot.name) == 0 || !checked.insert(snapshot.name).second) continue;
      const Status sound = check_manifest(dir, snapshot.name, options.context);
      if (!sound && ends_all(sound.error(), options.context)) return sound.error();
      if (sound) continue;
      snapshot.damage = sound.error();
      all_sound = false;
    }
    if (all_sound) return kept;
  }
}

// Errors: `conflict` while somebody reads it.
Status remove(const BackupDir& dir, const std::string& name, const Context& context) {
  const std::string file = name + std::string(kManifest);
  const std::string path = dir.state_path_of(file);
  // For writing, without which NFS locks nothing alone.
  core::UniqueFd manifest(::openat(dir.state(), file.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
  if (!manifest && (errno == EACCES || errno == EPERM)) {
    manifest = core::UniqueFd(::openat(dir.state(), file.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  }
  if (!manifest) return core::fs_error("open " + path, errno);
  const auto locked = lock_manifest(manifest.get(), true, path);
  if (!locked.has_value()) return locked.error();
  if (!*locked) {
    return core::fail(ErrorCode::conflict, "it is being verified or restored", "the next prune removes it");
  }
  return dir.remove_snapshot(name, context);
}

Result<PruneReport> prune_in(const std::string& directory, const PruneOptions& options) {
  const auto dir = BackupDir::open(directory, options.dry_run ? BackupDir::Access::read : BackupDir::Access::change);
  if (!dir) return dir.error();
  if (!options.dry_run) {
    if (auto status = dir->clean(options.context); !status) return status.error();
  }
  auto snapshots = list_snapshots(directory);
  if (!snapshots) return std::move(snapshots).error();
  const auto kept = choose_kept(*dir, *snapshots, options);
  if (!kept) return kept.error();
  Reporter reporter(options.event, {});
  PruneReport report;
  for (const Snapshot& snapshot : *snapshots) {
    if (auto status = options.context.check(); !status) return status.error();
    if (kept->count(snapshot.name) != 0) {
      report.kept.push_back(snapshot.name);
      continue;
    }
    // One that is damaged is not worth less to who would mend it, and its footer does not tell.
    Status removed = check_manifest(*dir, snapshot.name, options.context);
    if (removed && !options.dry_run) removed = remove(*dir, snapshot.name, options.context);
    if (!removed && ends_all(removed.error(), options.context)) return std::move(removed).error();
    if (removed) {
      report.removed.push_back(snapshot.name);
      reporter.tell(SyncAction::removed, snapshot.name, snapshot.bytes);
    } else {
      report.kept.push_back(snapshot.name);
      reporter.fail(snapshot.name, core::named(std::move(removed).error(), "prune", dir->path_of(snapshot.name)));
    }
  }
  if (!report.removed.empty() && !report.kept.empty() && !options.dry_run) dir->set_latest(report.kept.back(), true);
  report.failures = reporter.take_failures();
  return report;
}

Status check_prune(const PruneOptions& options) {
  const int counts[] = {options.keep_last, options.keep_daily, options.keep_weekly, options.keep_monthly};
  bool any = false;
  for (const int count : counts) {
    if (count < 0) return core::invalid_argument("a number of snapshots to keep is negative");
    any |= count > 0;
  }
  return any ? options.context.check()
             : Status(core::invalid_argument("nothing is to be kept",
                                             "say how many snapshots to keep: 7 daily ones, 4 weekly ones"));
}

}  // namespace

std::set<std::string> kept_snapshots(const std::vector<Snapshot>& snapshots, const PruneOptions& options) {
  std::set<std::string> kept;
  std::vector<const Snapshot*> newest_first;
  for (auto snapshot = snapshots.rbegin(); snapshot != snapshots.rend(); ++snapshot) {
    // What cannot be read may be worth something to somebody.
    if (snapshot->damage) kept.insert(snapshot->name);
    if (!snapshot->damage) newest_first.push_back(&*snapshot);
  }
  for (const Snapshot* snapshot : newest_first) {
    if (!snapshot->complete()) continue;
    kept.insert(snapshot->name);
    break;
  }
  for (std::size_t i = 0; i < newest_first.size() && i < static_cast<std::size_t>(options.keep_last); ++i) {
    kept.insert(newest_first[i]->name);
  }
  keep_newest(newest_first, options.keep_daily, day_of, kept);
  keep_newest(newest_first, options.keep_weekly, week_of, kept);
  keep_newest(newest_first, options.keep_monthly, month_of, kept);
  return kept;
}

}  // namespace syncing

Result<PruneReport> prune(const std::string& directory, const PruneOptions& options) {
  return core::perform(
      "prune", [&] { return directory; }, syncing::check_prune(options),
      [&] { return syncing::prune_in(directory, options); });
}

}  // namespace cloudkit::inline v0

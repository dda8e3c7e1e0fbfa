#pragma once

#include "object_store/transfer/crew.h"
#include "sync/backup_dir.h"
#include "sync/damaged_files.h"
#include "sync/fetch_object.h"
#include "sync/file_tree.h"
#include "sync/manifest.h"
#include "sync/plan.h"
#include "sync/reporter.h"
#include "sync/run_journal.h"

#include <cloudkit/sync.h>

#include <algorithm>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace cloudkit::inline v0::syncing {

/// `conflict`.
Error other_source(const std::string& directory, const std::string& source);

/// One call of `backup`: list, take over what an ended run has done, work, finish.
class BackupRun {
 public:
  BackupRun(const Bucket& from, const std::string& directory, const BackupOptions& options);
  Result<BackupReport> run();

 private:
  Status dry_run();
  Status open_previous(const BackupDir& dir);
  Status choose_name(const BackupDir& dir);
  Status plan(const BackupDir& dir);
  Status write_plan(const BackupDir& dir);
  Status link_at_once(std::vector<Entry>& entries);
  Status check_plan() const;
  Status check_room(const BackupDir& dir) const;
  Status adopt(const BackupDir& dir);
  Status begin(const BackupDir& dir);
  Status work(const BackupDir& dir);
  Status finish(const BackupDir& dir);
  Status make_manifest(const BackupDir& dir);
  Status write_lines(const BackupDir& dir, ManifestWriter& manifest);
  Status open_tree(const BackupDir& dir);
  Result<ManifestReader> open_plan(const BackupDir& dir, const std::string& name) const;

  // One entry of the plan, on the thread that reads it. False: a worker has to do it.
  Result<bool> settle_here(std::uint64_t index, Entry& entry);
  Result<bool> link_unchanged(const Entry& entry);
  Result<bool> link_or_copy(Entry& entry);
  std::optional<FileState> old_state(const Entry& entry);
  Result<bool> link_old(const Entry& entry);
  Result<std::uint64_t> settle(std::uint64_t index, const Context& context);
  Status keep(std::uint64_t index, Entry entry);
  void count(const Entry& done);
  Status miss(std::uint64_t index, Entry entry, Entry::Action action, const Error& error);
  bool refuse_shrunken();

  EachObject listing() {
    return {.from = from_,
            .rules = options_.rules,
            .versions = options_.versions,
            .context = options_.context,
            .prefetch = true,
            .passed_over = [this](std::string_view key, std::string_view what) {
              reporter_.pass_over(key, what);
              ++report_.passed_over;
            }};
  }
  bool is_linked(std::uint64_t index) const {
    return index < linked_.size() && linked_[static_cast<std::size_t>(index)];
  }
  bool all_linked() const {
    return linked_.size() == planned_.objects && std::find(linked_.begin(), linked_.end(), false) == linked_.end();
  }
  std::string state_name(std::string_view suffix) const { return report_.snapshot + std::string(suffix); }

  const Bucket& from_;
  const std::string directory_;
  const BackupOptions& options_;
  Reporter reporter_;
  Outage outage_;
  BackupReport report_;
  PlanCounts planned_;
  ManifestHeader header_;
  std::string previous_name_;
  std::optional<ManifestReader> previous_;
  ManifestFooter previous_counts_;
  std::string interrupted_;  // An ended run's snapshot, without ".partial".
  std::optional<FileTree> old_tree_;
  DamagedFiles damaged_;
  std::optional<FileTree> tree_;
  core::UniqueFd parts_;
  std::optional<ObjectFetcher> fetcher_;
  std::optional<RunJournal> journal_;
  std::vector<bool> linked_;  // By number in the plan: while that was made.

  std::mutex mutex_;  // Of what follows, and the counts in report_.
  std::unordered_map<std::uint64_t, Entry> under_way_;
  ManifestFooter done_;  // What the manifest is to say.
};

}  // namespace cloudkit::inline v0::syncing

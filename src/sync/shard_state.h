#pragma once

#include "sync/path_set.h"
#include "sync/shard_plan.h"

#include <cloudkit/object_store.h>

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cloudkit::inline v0::syncing {

/// What the shards of snapshots know of each other, in the bucket that they copy to. Below ".cloudkit/":
///
///   source                  whose backups these are
///   run-RUN                 the name of the snapshot that a run makes
///   NAME.plan.json          its ranges
///   NAME/003/000001.jsonl   a manifest of what a shard has done, some thousand objects
///   NAME/003/done           their number
///   NAME.manifest.jsonl     of the whole snapshot, which is there from then on
class ShardState {
 public:
  ShardState(const Bucket& to, const ShardOptions& options) : to_(to), options_(options) {}

  /// The plan of the run: as it is, else as `make` makes it, which is called again when another shard's came first.
  /// Errors: `conflict`, `data_loss`; of `make`.
  Result<ShardPlan> join(const std::string& source, const std::function<Result<ShardPlan>()>& make) const;
  /// Whether another shard has written the plan meanwhile.
  bool has_plan() const;

  /// Those of a shard, in order. Errors: `data_loss` where one is missing between others.
  Result<std::size_t> count_chunks(const ShardPlan& plan, int shard) const;
  Result<std::vector<Entry>> read_chunk(const ShardPlan& plan, int shard, std::size_t chunk) const;
  /// A new one. Errors: `conflict`, retryable, when another process has put it; of `check_unfinished`.
  Status add_chunk(const ShardPlan& plan, int shard, std::size_t chunk, const std::vector<Entry>& entries) const;
  /// One that is there, with the same keys. Errors: of `check_unfinished`.
  Status rewrite_chunk(const ShardPlan& plan, int shard, std::size_t chunk, const std::vector<Entry>& entries) const;
  Status set_done(const ShardPlan& plan, int shard, std::size_t chunks) const;
  /// It need not have been.
  Status unset_done(const ShardPlan& plan, int shard) const;
  Result<bool> is_finished(const ShardPlan& plan) const;
  /// That the snapshot of that name is this run's own, where it is finished. Errors: `conflict`.
  Status check_own(const ShardPlan& plan) const;
  /// Errors: `conflict`, retryable, when another process has made the snapshot: nobody may write into it any more.
  Status check_unfinished(const ShardPlan& plan, int shard) const;
  /// The one manifest, where every shard is done. False: not yet. Errors: `data_loss` for chunks that are not in order.
  Result<bool> merge(const ShardPlan& plan) const;

 private:
  Result<std::optional<std::string>> read(const std::string& key) const;
  /// False: something is there.
  Result<bool> put_if_absent(const std::string& key, const std::string& text) const;
  Status keep_chunk(const ShardPlan& plan, int shard, std::size_t chunk) const;
  Status claim(const std::string& source) const;
  Status check(const ShardPlan& plan, const std::string& source) const;
  /// Whether a snapshot has that name, finished or not: also one that `backup` makes in the same directory.
  Result<bool> is_taken(const std::string& snapshot) const;
  Result<std::vector<std::size_t>> done_shards(const ShardPlan& plan) const;
  Status write_manifest(const ShardPlan& plan, const std::vector<std::size_t>& chunks) const;
  Status remove_extras(const ShardPlan& plan, const PathSet& copies) const;
  std::string run_key() const { return ".cloudkit/run-" + options_.run; }

  const Bucket& to_;
  const ShardOptions& options_;
};

/// ".cloudkit/NAME.manifest.jsonl"
std::string manifest_key(const std::string& snapshot);

}  // namespace cloudkit::inline v0::syncing

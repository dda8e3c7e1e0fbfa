#include "core/encode.h"
#include "core/fail.h"
#include "core/perform.h"
#include "object_store/transfer/crew.h"
#include "sync/backup_dir.h"
#include "sync/bucket_copy.h"
#include "sync/object_source.h"
#include "sync/overlap.h"
#include "sync/plan.h"
#include "sync/rules.h"
#include "sync/shard_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

namespace cloudkit::inline v0 {
namespace syncing {
namespace {

using Action = Entry::Action;
using Outcome = Fetched::Outcome;

constexpr int kMostShards = 256;
constexpr int kMostInChunk = 1000;
constexpr std::uint64_t kChunkBytes = std::uint64_t{4} << 30;
// Keys listed for a plan between two looks whether another shard has made it.
constexpr std::uint64_t kKeysPerLook = 20'000;

class ShardRun {
 public:
  ShardRun(const Bucket& from, const Bucket& to, const ShardOptions& options)
      : from_(from),
        to_(to),
        options_(options),
        state_(to, options),
        source_(from, options.transfer),
        reporter_(options.event, options.progress) {}

  Result<ShardReport> run() {
    auto plan = state_.join(from_.url(), [this] { return make_plan(); });
    if (!plan) return std::move(plan).error();
    plan_ = *std::move(plan);
    report_.snapshot = plan_.snapshot;
    report_.ranges = plan_.ranges;
    if (options_.dry_run) return std::move(report_);
    const auto finished = state_.is_finished(plan_);
    if (!finished.has_value()) return finished.error();
    if (*finished) {
      if (auto status = state_.check_own(plan_); !status) return status.error();
    }
    report_.done = report_.finished = *finished;
    if (!report_.finished && !options_.merge_only) {
      if (auto status = work(); !status) return status.error();
    }
    if (!report_.finished && (report_.done || options_.merge_only)) {
      const auto merged = state_.merge(plan_);
      if (!merged.has_value()) return merged.error();
      report_.finished = *merged;
    }
    reporter_.finish();
    report_.failed = reporter_.failed();
    report_.failures = reporter_.take_failures();
    return std::move(report_);
  }

 private:
  Result<ShardPlan> make_plan() const {
    ShardPlan plan;
    plan.header.started = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    plan.header.listed = plan.header.started;
    plan.header.source = from_.url();
    plan.header.rules = options_.rules;
    plan.header.names = options_.portable_names ? Names::portable : Names::exact;
    plan.snapshot = snapshot_name(plan.header.started);
    // The bucket's own prefix counts, and the snapshot's name; what a URL has besides is on the safe side.
    const std::size_t room = to_.capabilities().max_key_size;
    const std::size_t taken = to_.url().size() + plan.snapshot.size() + 2;
    if (room < taken + 100) return core::invalid_argument("the target's prefix is too long", "choose a shorter one");
    plan.max_path_size = std::min(KeyMap::kMaxPathSize, room - taken);

    ShardSampler sampler;
    KeyMap map(plan.header.names);
    std::uint64_t seen = 0;
    const auto listed = for_each_object({from_, options_.rules, false, options_.context}, [&](const ObjectInfo& info) {
      map.place_of(info.key, info.size);
      sampler.add(info.key, info.size, map.objects());
      if (++seen % kKeysPerLook != 0 || options_.dry_run || !state_.has_plan()) return Status();
      return Status(core::fail(ErrorCode::already_exists, "another shard has made the plan"));
    });
    if (!listed) return listed.error();
    sampler.cut(options_.shards, plan);
    return plan;
  }

  Status work() {
    const auto index = static_cast<std::size_t>(options_.shard) - 1;
    const ShardRange& range = plan_.ranges[index];
    reporter_.expect(range.objects, range.bytes);
    KeyMap map(plan_.header.names, plan_.max_path_size, plan_.above[index]);
    std::string after = range.after;
    if (auto status = go_on(map, after); !status) return status;
    if (!is_empty(plan_, index)) {
      std::vector<Entry> batch;
      std::uint64_t bytes = 0;
      EachObject each{from_, options_.rules, false, options_.context, after, range.until};
      each.passed_over = [&](std::string_view key, std::string_view what) { reporter_.pass_over(key, what); };
      const auto listed = for_each_object(each, [&](ObjectInfo info) -> Status {
        Entry entry;
        Place place = map.place_of(info.key, info.size);
        entry.action = place.is_directory ? Action::directory : Action::fetch;
        entry.path = std::move(place.path);
        bytes += info.size;
        entry.info = std::move(info);
        batch.push_back(std::move(entry));
        if (batch.size() < static_cast<std::size_t>(options_.step) && bytes < kChunkBytes) return {};
        bytes = 0;
        return finish_chunk(batch);
      });
      if (!listed) return listed.error();
      report_.excluded = *listed;
      if (!batch.empty()) {
        if (auto status = finish_chunk(batch); !status) return status;
      }
    }
    if (auto status = prove(); !status) return status;
    // An earlier run may have called it done, before a copy was written over.
    if (missing_ > 0 && !options_.allow_incomplete) return state_.unset_done(plan_, options_.shard);
    if (auto status = state_.set_done(plan_, options_.shard, chunks_); !status) return status;
    report_.done = true;
    return {};
  }

  // What earlier processes have done, and once more what they could not do.
  Status go_on(KeyMap& map, std::string& after) {
    const auto count = state_.count_chunks(plan_, options_.shard);
    if (!count) return count.error();
    for (chunks_ = 0; chunks_ < *count; ++chunks_) {
      auto entries = state_.read_chunk(plan_, options_.shard, chunks_ + 1);
      if (!entries) return std::move(entries).error();
      bool again = false;
      for (Entry& entry : *entries) {
        const bool failed = entry.action == Action::failed;
        if (failed) {
          const bool marker = entry.info.size == 0 && entry.info.key.ends_with('/');
          entry.action = marker ? Action::directory : Action::fetch;
          entry.error.clear();
          again = true;
        } else {
          entry.from = "done";  // For `settle`.
          report_.kept += entry.is_missing() ? 0 : 1;
          reporter_.add(1, entry.info.size);
        }
        map.place_of(entry.info.key,
                     entry.action == Action::directory ? 0 : std::max<std::uint64_t>(entry.info.size, 1));
      }
      if (!entries->empty()) after = entries->back().info.key;
      if (!again) continue;
      if (auto status = copy_all(*entries); !status) return status;
      if (auto status = state_.rewrite_chunk(plan_, options_.shard, chunks_ + 1, *entries); !status) return status;
    }
    return {};
  }

  Status finish_chunk(std::vector<Entry>& batch) {
    if (auto status = copy_all(batch); !status) return status;
    if (auto status = state_.add_chunk(plan_, options_.shard, ++chunks_, batch); !status) return status;
    batch.clear();
    return options_.context.check();
  }

  Status copy_all(std::vector<Entry>& entries) {
    if (auto status = state_.check_unfinished(plan_, options_.shard); !status) return status;
    const int workers = object_store::workers_for(options_.transfer.workers);
    const Status copied = object_store::for_each_part(
        entries.size(), workers, options_.context, [&](std::uint64_t index, const Context& context) {
          return settle(entries[static_cast<std::size_t>(index)], context);
        });
    for (Entry& entry : entries) entry.from.clear();
    return copied;
  }

  // Errors are those that end it.
  Result<std::uint64_t> settle(Entry& entry, const Context& context) {
    if (!entry.from.empty()) return std::uint64_t{0};
    Fetched fetched = entry.action == Action::directory ? source_.refresh(entry, context) : Fetched();
    if (fetched.outcome == Outcome::done && entry.action == Action::fetch) {
      fetched = source_.fetch(entry, context, [this](Entry& now, const Context& until) { return bring(now, until); });
    }
    if (fetched.outcome == Outcome::stopped) return std::move(fetched.error);
    const bool failed = fetched.outcome == Outcome::failed;
    if (outage_.is_total(failed ? Status(fetched.error) : Status())) return std::move(fetched.error);
    reporter_.add(1, 0);
    if (fetched.outcome == Outcome::done) {
      {
        const std::scoped_lock lock(mutex_);
        ++report_.fetched;
        report_.fetched_bytes += entry.info.size;
      }
      reporter_.tell(SyncAction::copied, entry.info.key, entry.info.size);
      return entry.info.size;
    }
    if (fetched.error.resource.empty()) {
      fetched.error = core::named(std::move(fetched.error), "backup", from_.url(entry.info.key));
    }
    miss(entry, failed ? Action::failed : Action::vanished, fetched.error);
    return std::uint64_t{0};
  }

  void miss(Entry& entry, Action action, const Error& error) {
    entry.action = action;
    entry.sha256.clear();
    entry.stored.clear();
    entry.error = error.to_string();
    if (action == Action::failed) reporter_.fail(entry.info.key, error);
    if (action == Action::vanished) reporter_.tell(SyncAction::skipped, entry.info.key, 0, &error);
  }

  Fetched bring(Entry& entry, const Context& context) const {
    BucketCopy copy{.from = from_, .to = to_};
    copy.from_key = entry.info.key;
    copy.get = source_.options_for(entry, context);
    copy.size = entry.info.size;
    copy.to_key = plan_.snapshot + '/' + entry.path;
    copy.put.context = context;
    copy.put.transfer.part_size = options_.transfer.part_size;
    copy.progress = [this](std::uint64_t bytes) { reporter_.add(0, bytes); };
    bool at_target = false;
    auto copied = copy_bytes(copy, at_target);
    if (copied) {
      entry.verified = copied->info.checksum.algorithm != Checksum::Algorithm::none;
      source_.take_info(entry, std::move(copied->info));
      entry.info.size = copied->size;
      entry.sha256 = std::move(copied->sha256);
      entry.stored = std::move(copied->stored);
      return {};
    }
    // There is nothing at the target that an object could have been taken from.
    if (at_target && copied.error().code == ErrorCode::not_found) return {Outcome::stopped, copied.error()};
    return source_.lost(copied.error(), context);
  }

  // Every copy is where it was put, as it was put: another process of the same shard may have written, too.
  Status prove() {
    report_.vanished = 0;
    for (std::size_t chunk = 1; chunk <= chunks_; ++chunk) {
      auto entries = state_.read_chunk(plan_, options_.shard, chunk);
      if (!entries) return std::move(entries).error();
      const auto wrong = find_wrong_copies(to_, plan_.snapshot, *entries, options_.context);
      if (!wrong) return wrong.error();
      for (const std::size_t index : *wrong) {
        Entry& entry = (*entries)[index];
        Error error = core::fail(ErrorCode::data_loss, "the copy is not what was written there",
                                 "see that nobody else writes into the target; the next run of this shard copies anew");
        miss(entry, Action::failed,
             core::named(std::move(error), "backup", to_.url(plan_.snapshot + '/' + entry.path)));
      }
      for (const Entry& entry : *entries) {
        missing_ += entry.action == Action::failed ? 1 : 0;
        report_.vanished += entry.action == Action::vanished ? 1 : 0;
        report_.objects += entry.is_missing() ? 0 : 1;
        report_.bytes += entry.is_missing() ? 0 : entry.info.size;
      }
      if (wrong->empty()) continue;
      // First: this process may be killed in between, and then no other shard makes a snapshot of it.
      if (auto status = state_.unset_done(plan_, options_.shard); !status) return status;
      if (auto status = state_.rewrite_chunk(plan_, options_.shard, chunk, *entries); !status) return status;
    }
    return {};
  }

  const Bucket& from_;
  const Bucket& to_;
  const ShardOptions& options_;
  const ShardState state_;
  const ObjectSource source_;
  mutable Reporter reporter_;
  Outage outage_;
  ShardPlan plan_;
  std::size_t chunks_ = 0;
  std::uint64_t missing_ = 0;
  std::mutex mutex_;  // Of the counts in report_.
  ShardReport report_;
};

bool is_run_name(const std::string& run) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  return !run.empty() && run.size() <= 100 && run.find_first_not_of(kAllowed) == std::string::npos;
}

Status check_shard(const Bucket& from, const Bucket& to, const ShardOptions& options) {
  if (!is_run_name(options.run)) {
    return core::invalid_argument("a run's name is 1 to 100 letters, digits, '.', '_' or '-'",
                                  "give all shards of one backup the same name, and no other backup: a job's");
  }
  if (options.shards < 1 || options.shards > kMostShards || options.shard < 1 || options.shard > options.shards) {
    return core::invalid_argument(fmt::format("there is no shard {} of {}", options.shard, options.shards),
                                  fmt::format("shards are 1 to {}, of {} at most", options.shards, kMostShards));
  }
  if (options.step < 1 || options.step > kMostInChunk) return core::invalid_argument("a step is 1 to 1000 objects");
  if (auto status = check_apart(from, to); !status) return status;
  if (!to.capabilities().put_if_absent) {
    return core::unsupported("the target has no conditional puts, by which shards agree",
                             "cloudkit probe tells whether a server has them; ?server= says so");
  }
  if (auto status = check_rules(options.rules); !status) return status;
  return options.context.check();
}

}  // namespace
}  // namespace syncing

Result<ShardReport> backup_shard(const Bucket& from, const Bucket& to, const ShardOptions& options) {
  return core::perform(
      "backup", [&] { return from.url() + " to " + to.url(); }, syncing::check_shard(from, to, options),
      [&] { return syncing::ShardRun(from, to, options).run(); });
}

}  // namespace cloudkit::inline v0

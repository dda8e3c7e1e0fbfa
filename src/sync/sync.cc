#include "core/encode.h"
#include "core/fail.h"
#include "core/perform.h"
#include "core/random.h"
#include "core/without_value.h"
#include "object_store/transfer/crew.h"
#include "sync/digest_sink.h"
#include "sync/overlap.h"
#include "sync/plan.h"
#include "sync/reporter.h"
#include "sync/rules.h"
#include "sync/sorted_listing.h"

#include <cloudkit/sync.h>

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <unordered_map>

namespace cloudkit::inline v0 {
namespace syncing {
namespace {

constexpr std::size_t kRemovedAtOnce = 1000;
// Of an object that changes while it is copied, after the first.
constexpr int kMostCopies = 3;

// The ETag of an object that was put in one piece. Of one in parts it is "…-7", which the parts' sizes decide, too.
bool is_md5(std::string_view token) {
  if (token.size() >= 2 && token.front() == '"' && token.back() == '"') token = token.substr(1, token.size() - 2);
  return token.size() == 32 && token.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// As consoles make them for a folder that has no objects yet.
bool is_folder_marker(const ObjectInfo& info) { return info.size == 0 && info.key.ends_with('/'); }

// Whether a directory takes "a" and "A", or two ways to write a letter with an accent, for one name: one object there
// would be another one, too.
Result<bool> folds_names(const Bucket& bucket, const Context& context) {
  if (!bucket.url().starts_with("file://")) return false;
  const std::string base = "cloudkit-probe-" + core::random_hex(8);
  for (const auto& [name, other] : {std::pair(base + "-a", base + "-A"), {base + "-\xc3\xa9", base + "-e\xcc\x81"}}) {
    PutOptions options;
    options.context = context;
    // Where nothing can be written nothing is written over, and each copy says why.
    if (!bucket.put(name, Bytes(""), options)) return context.check() ? Result<bool>(false) : context.check().error();
    auto folds = bucket.exists(other, {.context = context});
    if (auto status = bucket.remove(name, {.context = context}); !status) return status.error();
    if (!folds.has_value() || *folds) return folds;
  }
  return false;
}

class Syncer {
 public:
  Syncer(const Bucket& from, const Bucket& to, const SyncOptions& options)
      : from_(from), to_(to), options_(options), reporter_(options_.event, options_.progress) {
    // Elsewhere equal tokens mean nothing.
    tokens_compare_ = from.url().starts_with("s3://") && to.url().starts_with("s3://");
    can_hold_markers_ = to.capabilities().key_slashes;
  }

  Result<SyncReport> run() {
    if (!options_.dry_run) {
      const auto folds = folds_names(to_, options_.context);
      if (!folds.has_value()) return folds.error();
      folds_names_ = *folds;
    }
    if (auto status = copy_all(); !status) return status.error();
    if (auto status = remove_extras(); !status) return status.error();
    reporter_.finish();
    report_.failed = reporter_.failed();
    report_.failures = reporter_.take_failures();
    return std::move(report_);
  }

 private:
  struct Job {
    ObjectInfo info = {};
    bool compare = false;  // Bytes first: perhaps nothing is to be copied.
    bool is_new = false;   // The target's listing does not have it.
  };

  EachObject source() {
    EachObject each{from_, options_.rules, false, options_.context};
    each.passed_over = [this](std::string_view key, std::string_view what) {
      reporter_.pass_over(key, what);
      const std::scoped_lock lock(mutex_);
      ++report_.passed_over;
    };
    return each;
  }

  Status copy_all() {
    object_store::Crew crew(object_store::workers_for(options_.transfer.workers), options_.context,
                            [this](std::uint64_t index, const Context& context) { return settle(index, context); });
    crew.start();
    SortedListing target(to_, options_.rules, options_.context);
    const auto count_extra = [&](const ListEntry&) { ++extras_; };
    std::uint64_t index = 0;
    const auto excluded = for_each_object(source(), [&](ObjectInfo info) -> Status {
      if (is_folder_marker(info) && !can_hold_markers_) {
        const Error error = core::unsupported("it only stands for a folder, which a directory shows by itself");
        reporter_.tell(SyncAction::skipped, info.key, 0, &error);
        return {};
      }
      const auto there = target.find(info.key, count_extra);
      if (!there) return there.error();
      Job job;
      job.compare = options_.compare == SyncCompare::checksum && *there != nullptr && (*there)->size == info.size;
      if (!job.compare && *there != nullptr && is_same(info, **there)) {
        const std::scoped_lock lock(mutex_);
        ++report_.unchanged;
        return {};
      }
      job.is_new = *there == nullptr;
      job.info = std::move(info);
      reporter_.expect(1, job.info.size);
      {
        const std::scoped_lock lock(mutex_);
        under_way_.emplace(index, std::move(job));
      }
      crew.add(index++);
      // Its reason is what `run` returns.
      return crew.wait_for_room() ? Status() : Status(core::fail(ErrorCode::cancelled, "the transfers have ended"));
    });
    if (crew.failed()) return crew.run();
    if (!excluded) return excluded.error();
    report_.excluded = *excluded;
    if (auto status = target.rest(count_extra); !status) return status;
    in_target_ = target.size();
    return crew.run();
  }

  bool is_same(const ObjectInfo& from, const ListEntry& to) const {
    if (from.size != to.size) return false;
    if (options_.compare == SyncCompare::size) return true;
    if (tokens_compare_) {
      // Headers are none of theirs: a source that is newer may have others.
      if (from.token == to.token) return to.modified >= from.modified;
      if (is_md5(from.token) && is_md5(to.token)) return false;
    }
    // Of the same time either may have come first, and of the same second where the source tells no less.
    const auto second = std::chrono::floor<std::chrono::seconds>(from.modified);
    return from.modified == second ? std::chrono::floor<std::chrono::seconds>(to.modified) > second
                                   : to.modified > from.modified;
  }

  // Errors are those that end it.
  Result<std::uint64_t> settle(std::uint64_t index, const Context& context) {
    Job job;
    {
      const std::scoped_lock lock(mutex_);
      job = under_way_.at(index);
    }
    const std::string& key = job.info.key;
    Result<bool> same = job.compare ? has_same_bytes(key, context) : Result<bool>(false);
    Status copied = core::without_value(same);
    if (same.has_value() && !*same && !options_.dry_run) copied = copy(job, context);
    if (!copied && ends_all(copied.error(), context)) return copied.error();
    if (outage_.is_total(copied)) return copied.error();
    const bool vanished = !copied && copied.error().code == ErrorCode::not_found && is_gone(key, context);
    const std::scoped_lock lock(mutex_);
    under_way_.erase(index);
    reporter_.add(1, job.info.size);
    if (vanished) {
      reporter_.tell(SyncAction::skipped, key, job.info.size, &copied.error());
    } else if (!copied) {
      reporter_.fail(key, copied.error());
    } else if (*same) {
      ++report_.unchanged;
    } else {
      ++report_.copied;
      report_.copied_bytes += job.info.size;
      reporter_.tell(SyncAction::copied, key, job.info.size);
    }
    return job.info.size;
  }

  // An error of the question is none of the answer.
  bool is_gone(const std::string& key, const Context& context) const {
    return !from_.exists(key, {.context = context}).value_or(true);
  }

  // A source that changes while it is read gets a copy that is newer than itself, and would be taken for the same from
  // then on: so it is asked afterwards whether it still is what was listed.
  Status copy(const Job& job, const Context& context) const {
    const ObjectInfo& listed = job.info;
    CopyOptions options;
    if (folds_names_ && job.is_new) options.condition = Condition::absent();
    options.context = context;
    options.transfer.bandwidth = options_.transfer.bandwidth;
    options.transfer.part_size = options_.transfer.part_size;
    ObjectInfo read = listed;
    for (int changes = 0; changes <= kMostCopies; ++changes) {
      const auto info = to_.copy_from(from_, listed.key, listed.key, options);
      if (!info && options.condition && info.error().code == ErrorCode::precondition_failed) {
        return same_name(listed.key);
      }
      // A conflict is that it changed meanwhile, or that something at the target is in the way.
      if (!info && info.error().code != ErrorCode::conflict) return info.error();
      if (info) options.condition = {};
      auto now = from_.head(listed.key, {.context = context});
      if (!now && info && now.error().code == ErrorCode::not_found) return {};
      if (!now) return now.error();
      // Without tokens the size and a time to the second, which is all that headers have.
      using std::chrono::seconds;
      const bool same_time = std::chrono::floor<seconds>(now->modified) == std::chrono::floor<seconds>(read.modified);
      if (now->size == read.size && now->token == read.token && (!now->token.empty() || same_time)) {
        return core::without_value(info);
      }
      read = *std::move(now);
    }
    Error error = core::fail(ErrorCode::conflict, "the object was replaced each time that it was read",
                             "the next sync tries again");
    return core::named(std::move(error), "sync", from_.url(listed.key));
  }

  // What is there under this name is another object's.
  Error same_name(const std::string& key) const {
    return core::named(
        core::fail(ErrorCode::conflict, "another object has the same file name, as the directory compares names",
                   "rename one of the two, or use backup, which can hold both"),
        "sync", to_.url(key));
  }

  Result<bool> has_same_bytes(const std::string& key, const Context& context) const {
    const auto a = from_.head(key, {.context = context});
    if (!a) return a.error();
    const auto b = to_.head(key, {.context = context});
    if (!b && b.error().code == ErrorCode::not_found) return false;
    if (!b) return b.error();
    if (a->size != b->size) return false;
    if (a->checksum.algorithm != Checksum::Algorithm::none && a->checksum.algorithm == b->checksum.algorithm) {
      return a->checksum.value == b->checksum.value;
    }
    const auto of_source = digest_of(from_, key, context);
    if (!of_source) return of_source.error();
    const auto of_target = digest_of(to_, key, context);
    if (!of_target) return of_target.error();
    return *of_source == *of_target;
  }

  Result<std::string> digest_of(const Bucket& bucket, const std::string& key, const Context& context) const {
    DigestSink sink;
    GetOptions options;
    options.context = context;
    options.transfer.bandwidth = options_.transfer.bandwidth;
    const auto info = bucket.download(key, sink, options);
    if (!info) return info.error();
    return sink.finish();
  }

  // Both are listed again, so that what was put meanwhile is safe, and no list of keys is kept.
  Status remove_extras() {
    if (!options_.remove_extras || extras_ == 0) return {};
    if (reporter_.failed() > 0) {
      return refuse(fmt::format("{} extra objects were not removed, because others failed", extras_),
                    "remove what keeps them from being copied, or leave them out by a rule");
    }
    if (extras_ > in_target_ / 2 && !options_.remove_most) {
      return refuse(fmt::format("{} of {} objects would be removed, which is more than half", extras_, in_target_),
                    "check that the source is the right one; if so, set remove_most: cloudkit sync --delete-most");
    }
    std::vector<ListEntry> extras;
    Status going;
    const auto collect = [&](const ListEntry& entry) {
      if (going && !gave_up_) extras.push_back(entry);
      if (extras.size() == kRemovedAtOnce) going = remove(extras);
    };
    SortedListing target(to_, options_.rules, options_.context);
    const auto listed = for_each_object({from_, {}, false, options_.context}, [&](const ObjectInfo& info) -> Status {
      const auto there = target.find(info.key, collect);
      return there ? going : Status(there.error());
    });
    if (!listed) return listed.error();
    if (auto status = target.rest(collect); !status) return status;
    if (going) going = remove(extras);
    return going ? options_.context.check() : going;
  }

  Status refuse(std::string message, std::string hint) {
    reporter_.fail(
        "", core::named(core::fail(ErrorCode::conflict, std::move(message), std::move(hint)), "sync", to_.url()));
    return {};
  }

  // Takes out of `extras` what the source has after all, or cannot say: a listing alone may be short of some.
  Status keep_those_of_source(std::vector<ListEntry>& extras) {
    std::vector<Result<bool>> there(extras.size(), false);
    const auto ask = [&](std::uint64_t index, const Context& context) -> Result<std::uint64_t> {
      const auto at = static_cast<std::size_t>(index);
      there[at] = from_.exists(extras[at].key, {.context = context});
      // What its store cannot hold.
      if (!there[at].has_value() && there[at].error().code == ErrorCode::invalid_argument) there[at] = false;
      if (!there[at].has_value() && ends_all(there[at].error(), context)) return there[at].error();
      return std::uint64_t{0};
    };
    const int workers = object_store::workers_for(options_.transfer.workers);
    if (auto status = object_store::for_each_part(extras.size(), workers, options_.context, ask); !status)
      return status;
    std::vector<ListEntry> gone;
    for (std::size_t i = 0; i < extras.size(); ++i) {
      if (!there[i].has_value()) reporter_.fail(extras[i].key, there[i].error());
      if (there[i].has_value() && !*there[i]) gone.push_back(std::move(extras[i]));
    }
    extras = std::move(gone);
    return {};
  }

  // Errors are those that end it.
  Status remove(std::vector<ListEntry>& extras) {
    if (auto status = keep_those_of_source(extras); !status) return status;
    // What was counted before is all that the rule about halves has allowed.
    asked_ += extras.size();
    if (asked_ > extras_ && !options_.remove_most) {
      gave_up_ = true;
      extras.clear();
      return refuse(fmt::format("there are more extra objects now than the {} of the first listing", extras_),
                    "check that the source is whole, and that nobody else writes into the target");
    }
    std::vector<std::string> keys(extras.size());
    std::transform(extras.begin(), extras.end(), keys.begin(), [](const ListEntry& extra) { return extra.key; });
    RemoveReport removed;
    if (!options_.dry_run) removed = to_.remove_many(keys, {.context = options_.context});
    std::unordered_map<std::string, const Error*> left;
    for (const RemoveFailure& failure : removed.failures) left.emplace(failure.key, &failure.error);
    for (const std::string& key : removed.not_tried) left.emplace(key, removed.stopped ? &*removed.stopped : nullptr);
    for (const ListEntry& extra : extras) {
      const auto failed = left.find(extra.key);
      if (failed == left.end()) {
        ++report_.removed;
        reporter_.tell(SyncAction::removed, extra.key, extra.size);
      } else {
        reporter_.fail(extra.key,
                       failed->second != nullptr ? *failed->second : core::fail(ErrorCode::unknown, "not tried"));
      }
    }
    extras.clear();
    return removed.stopped ? Status(*removed.stopped) : Status();
  }

  const Bucket& from_;
  const Bucket& to_;
  const SyncOptions& options_;
  Reporter reporter_;
  Outage outage_;
  bool tokens_compare_ = false;
  bool folds_names_ = false;
  bool can_hold_markers_ = true;
  std::uint64_t extras_ = 0;
  std::uint64_t in_target_ = 0;
  bool gave_up_ = false;
  std::uint64_t asked_ = 0;  // How many of the extra objects were to be removed so far.
  std::mutex mutex_;         // Of what follows.
  std::unordered_map<std::uint64_t, Job> under_way_;
  SyncReport report_;
};

Status check_sync(const Bucket& from, const Bucket& to, const SyncOptions& options) {
  if (auto status = check_apart(from, to); !status) return status;
  if (auto status = check_rules(options.rules); !status) return status;
  return options.context.check();
}

}  // namespace
}  // namespace syncing

Result<SyncReport> sync(const Bucket& from, const Bucket& to, const SyncOptions& options) {
  return core::perform(
      "sync", [&] { return from.url() + " to " + to.url(); }, syncing::check_sync(from, to, options),
      [&] { return syncing::Syncer(from, to, options).run(); });
}

}  // namespace cloudkit::inline v0

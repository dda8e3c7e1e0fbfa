#pragma once

#include <cloudkit/object_store.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Copies of whole buckets: into another one, and into dated directories that are proved and can be brought back.
/// A directory is a bucket, too: open_bucket("file:///DIR"). docs/guide/backup.md.
namespace cloudkit::inline v0 {

namespace syncing {
class ParsedPattern;
}

/// Which keys take part. Of several rules the first that matches a key decides; a key that none matches takes part.
///
/// `*` stands for any bytes but `/`, `**` for any bytes, `?` for one character but `/`, `[a-z]` and `[!a-z]` for one of
/// a set, whose ranges go by code points; `\` takes the next one as it is, in a set, too. "/logs/*.gz" begins at the
/// key's first byte, "*.tmp" after any `/`, too, and "cache/" is all that lies below. `**` is just bytes: "a/**/b" does
/// not match "a/b", as it does in a .gitignore.
struct KeyRule {
  bool include = false;      ///< Else what matches is left out.
  std::string pattern = {};  ///< Not empty.
};

/// One pattern, in the words of `KeyRule`, for keys of any other list. Its members may be called from several threads.
class CLOUDKIT_API KeyPattern {
 public:
  /// Errors: `invalid_argument` for one that is empty, or has an open set or a `\` at its end.
  static Result<KeyPattern> parse(std::string_view text);

  /// Whether it matches a whole key. Takes time in proportion to both sizes, whatever the pattern is.
  bool matches(std::string_view key) const;
  /// What every key begins with that it matches, for listing no others: "logs/2026-" of "/logs/2026-*.gz".
  std::string prefix() const;
  /// As it was parsed.
  const std::string& text() const noexcept { return text_; }
  /// Of one text; others may match the same keys.
  friend bool operator==(const KeyPattern& a, const KeyPattern& b) noexcept { return a.text_ == b.text_; }

 private:
  KeyPattern(std::string_view text, std::shared_ptr<const syncing::ParsedPattern> parsed)
      : text_(text), parsed_(std::move(parsed)) {}

  std::string text_;
  std::shared_ptr<const syncing::ParsedPattern> parsed_;
};

/// What became of an object, or of a snapshot.
enum class SyncAction {
  copied,   ///< Its bytes travelled.
  linked,   ///< The bytes of the last snapshot serve again; at most its headers were asked for.
  removed,  ///< An object, or a snapshot.
  skipped,  ///< Is there, is no more, or is no object but a symbolic link, say: `error` says why.
  failed,   ///< `error` says why.
};

/// Something that was done or, in a dry run, would be.
struct SyncEvent {
  SyncAction action = SyncAction::copied;  ///< What was done.
  std::string key = {};                    ///< Of `prune`: the snapshot.
  std::uint64_t size = 0;                  ///< In bytes, of all objects of a snapshot; 0 where it is not known.
  const Error* error = nullptr;            ///< Null where there is nothing to say. Valid during the call.
};

/// Of all objects together.
struct SyncProgress {
  std::uint64_t objects = 0;        ///< Done so far, whatever came of them.
  std::uint64_t total_objects = 0;  ///< As far as it is known.
  std::uint64_t bytes = 0;          ///< Done so far.
  std::uint64_t total_bytes = 0;    ///< As far as it is known.
};

/// An object, or of `prune` a snapshot, with which something went wrong.
struct SyncFailure {
  std::string key = {};  ///< As in `SyncEvent`.
  Error error = {};      ///< Why.
};

/// What is kept of failures in a report; `failed` counts all of them, and `event` tells each.
inline constexpr std::size_t kMostReportedFailures = 1000;

/// How `sync` knows that an object need not be copied.
enum class SyncCompare {
  /// Of the same size, newer than the source and, where both buckets are on S3 and both tokens are MD5, of the same
  /// one.
  /// Tokens of objects with SSE-KMS look so and are none: such a bucket is copied each time, unless by `checksum`.
  automatic,
  /// Of the same size and bytes: by checksums that both services keep, else both are read.
  checksum,
  size,
};

/// For `sync`.
struct SyncOptions {
  std::vector<KeyRule> rules = {};               ///< Which keys take part. Empty: all.
  SyncCompare compare = SyncCompare::automatic;  ///< Which objects count as unchanged.
  /// Remove what the source does not have, once all is copied; what rules leave out stays. Nothing is removed after any
  /// failure, never more than half of the keys that take part, and nothing that the source has when it is asked again.
  bool remove_extras = false;
  bool remove_most = false;                                ///< Also more than half.
  bool dry_run = false;                                    ///< Tell what would be done, and do nothing.
  TransferOptions transfer = {};                           ///< `workers`: objects at once, by default 8. `bandwidth`.
  std::function<void(const SyncEvent&)> event = {};        ///< One call at a time, from any thread. Must not throw.
  std::function<void(const SyncProgress&)> progress = {};  ///< The same, at most ten times a second.
  Context context = {};
};

/// What `sync` did or, in a dry run, would have done.
struct [[nodiscard]] SyncReport {
  std::uint64_t copied = 0;                ///< Objects.
  std::uint64_t copied_bytes = 0;          ///< Bytes of these.
  std::uint64_t unchanged = 0;             ///< Were the same in both buckets.
  std::uint64_t removed = 0;               ///< With `SyncOptions::remove_extras`.
  std::uint64_t excluded = 0;              ///< Keys of the source that rules leave out.
  std::uint64_t failed = 0;                ///< Objects that were not copied or removed for an error.
  std::vector<SyncFailure> failures = {};  ///< The first ones.
  /// Of a directory: symbolic links, FIFOs, sockets and devices, which are not copied. `event` names each as `skipped`.
  std::uint64_t passed_over = 0;

  /// The first failure, if there is one.
  CLOUDKIT_API Status status() const;
};

/// Makes `to` have the objects that `from` has, with headers and metadata, not with storage classes: several at once,
/// the two listings merged as they come, so that memory stays the same however many there are. An object that fails is
/// in the report, and the others go on: so, as `conflict`, does the second one of `A` and `a` in a directory that does
/// not tell them apart. Errors: what ends all of it: either listing's; `cancelled`, `unauthenticated`, `unavailable`;
/// `invalid_argument` for a pattern, or when the one bucket lies in the other.
CLOUDKIT_API Result<SyncReport> sync(const Bucket& from, const Bucket& to, const SyncOptions& options = {});

/// For `backup`.
struct BackupOptions {
  std::vector<KeyRule> rules = {};  ///< Which keys take part. Empty: all.
  /// Finish a snapshot in which objects are missing because they failed; its manifest names them. It does not count as
  /// complete.
  bool allow_incomplete = false;
  /// Of a bucket with versions: take every object by the version that it had when the listing was made.
  bool versions = false;
  /// File names that any file system and operating system takes: also capitals and what is not ASCII become %XX. By
  /// itself where the directory does not tell capitals from small letters, or two forms of one accented letter apart.
  bool portable_names = false;
  bool dry_run = false;           ///< Tell what would be fetched, and write nothing.
  bool sync = true;               ///< Bytes are on the disk before the snapshot gets its name.
  TransferOptions transfer = {};  ///< As `SyncOptions::transfer`.
  /// As `SyncOptions::event`. A run that is refused after its listing has told of links that it takes away again.
  std::function<void(const SyncEvent&)> event = {};
  std::function<void(const SyncProgress&)> progress = {};  ///< As `SyncOptions::progress`.
  Context context = {};
  /// Also when the bucket has less than half of the objects that the last snapshot has, or more than one in ten of them
  /// vanish meanwhile: what an empty mount point looks like, or another account. Else this is `conflict`.
  bool allow_shrunken = false;
  /// The tags of objects, too: one request more for each object that is fetched, and two, once, for each that earlier
  /// backups have taken without. Tags that are set anew while the object stays as it is are not noticed. `unsupported`
  /// where the bucket has no tags.
  bool tags = false;
};

/// What `backup` did or, in a dry run, would have done.
struct [[nodiscard]] BackupReport {
  std::string snapshot = {};  ///< "2026-11-23T01-00-00Z": when it began, UTC, and later than every other one's.
  /// Else it is still called `….partial`, and the next backup goes on with it.
  bool finished = false;
  TimePoint listed = {};            ///< A bucket has no snapshot: each object is as it was at some moment from here on.
  std::uint64_t objects = 0;        ///< In the snapshot.
  std::uint64_t bytes = 0;          ///< Of all objects in it.
  std::uint64_t fetched = 0;        ///< Objects whose bytes travelled.
  std::uint64_t fetched_bytes = 0;  ///< Bytes of these.
  std::uint64_t linked = 0;         ///< Unchanged since the last snapshot.
  std::uint64_t kept = 0;           ///< Done by an earlier run, which was ended.
  std::uint64_t vanished = 0;       ///< Removed after they were listed, as a second listing says, too.
  std::uint64_t excluded = 0;       ///< Keys of the bucket that rules leave out.
  std::uint64_t failed = 0;         ///< Objects that are missing for an error.
  std::vector<SyncFailure> failures = {};  ///< The first ones.
  std::uint64_t passed_over = 0;           ///< As `SyncReport::passed_over`; not of a listing that an ended run made.

  CLOUDKIT_API Status status() const;  ///< The first failure, if there is one.
};

/// Copies a bucket into DIRECTORY/2026-11-23T01-00-00Z, made as DIRECTORY/….partial and renamed when it is whole;
/// DIRECTORY/latest then leads to it. Every object is a file; what did not change is the same file as in the last
/// snapshot, by a hard link. DIRECTORY/.cloudkit holds a manifest for each, with the objects' headers and digests.
/// Nothing is written outside of DIRECTORY, whatever keys are called; it must not lie in the bucket. A run that was
/// ended at any moment is gone on with by the next one. Errors: `conflict`, retryable, while another one runs, or for a
/// directory of another bucket's backups, as its URL says: buckets of one name at two services look the same; `io`, at
/// once when the disk is full; `not_found` (bucket) and all else that ends every object.
CLOUDKIT_API Result<BackupReport> backup(const Bucket& from, const std::string& directory,
                                         const BackupOptions& options = {});

/// For `restore`.
struct RestoreOptions {
  std::string snapshot = {};        ///< Its name; empty: the newest finished one.
  std::vector<KeyRule> rules = {};  ///< Which keys take part. Empty: all.
  bool if_absent = false;         ///< Leave objects alone that are there. `unsupported` where a put has no conditions.
  bool dry_run = false;           ///< Tell what would be put, and put nothing.
  TransferOptions transfer = {};  ///< As `SyncOptions::transfer`.
  std::function<void(const SyncEvent&)> event = {};        ///< As `SyncOptions::event`.
  std::function<void(const SyncProgress&)> progress = {};  ///< As `SyncOptions::progress`.
  Context context = {};
};

/// What `restore` did or, in a dry run, would have done.
struct [[nodiscard]] RestoreReport {
  std::string snapshot = {};               ///< The one that was restored.
  std::uint64_t restored = 0;              ///< Objects that were put.
  std::uint64_t restored_bytes = 0;        ///< Bytes of these.
  std::uint64_t skipped = 0;               ///< Were there already (`RestoreOptions::if_absent`).
  std::uint64_t excluded = 0;              ///< Objects of the snapshot that rules leave out.
  std::uint64_t failed = 0;                ///< Objects that were not put for an error.
  std::vector<SyncFailure> failures = {};  ///< The first ones.

  CLOUDKIT_API Status status() const;  ///< The first failure, if there is one.
};

/// Puts a snapshot's objects into a bucket, with their headers and metadata and, where both have them, tags. A file
/// that is not what its manifest says is a failure, `data_loss`, and is not sent. Errors: `not_found` (snapshot),
/// `data_loss` (manifest), `io`, and what ends every put.
CLOUDKIT_API Result<RestoreReport> restore(const std::string& directory, const Bucket& to,
                                           const RestoreOptions& options = {});

/// For `verify`.
struct VerifyOptions {
  std::string snapshot = {};                               ///< Its name; empty: the newest finished one.
  bool quick = false;                                      ///< Compare sizes and times, and read no file.
  std::function<void(const SyncEvent&)> event = {};        ///< As `SyncOptions::event`.
  std::function<void(const SyncProgress&)> progress = {};  ///< As `SyncOptions::progress`.
  Context context = {};
};

/// What `verify` found.
struct [[nodiscard]] VerifyReport {
  std::string snapshot = {};  ///< The one that was compared.
  std::uint64_t objects = 0;  ///< In the snapshot.
  std::uint64_t bytes = 0;    ///< Of all objects in it.
  std::uint64_t missing = 0;  ///< Objects that the backup could not take (`BackupOptions::allow_incomplete`).
  std::uint64_t failed = 0;   ///< Files that are missing, other ones, or too many.
  std::vector<SyncFailure> failures = {};  ///< The first ones.

  CLOUDKIT_API Status status() const;  ///< The first failure, if there is one.

  std::uint64_t vanished = 0;  ///< Objects that were removed while it was made.
};

/// Compares every file of a snapshot with its manifest, and the manifest with its own digest. Needs no network. What it
/// finds damaged the next backup fetches anew, where it may write that down (DIRECTORY/.cloudkit/damaged). Errors:
/// `not_found` (snapshot), `data_loss` (manifest), `io`.
CLOUDKIT_API Result<VerifyReport> verify(const std::string& directory, const VerifyOptions& options = {});

/// A finished snapshot.
struct Snapshot {
  std::string name = {};             ///< "2026-11-23T01-00-00Z".
  TimePoint started = {};            ///< When its backup began.
  std::string source = {};           ///< "s3://reports"
  std::uint64_t objects = 0;         ///< In it.
  std::uint64_t bytes = 0;           ///< Of all objects in it.
  std::uint64_t failed = 0;          ///< Objects that are missing in it.
  std::optional<Error> damage = {};  ///< Why its manifest cannot be read.

  /// Whether nothing failed, as far as its manifest can be read.
  bool complete() const noexcept { return failed == 0 && !damage; }

  std::uint64_t vanished = 0;  ///< Objects that were removed after they were listed: its manifest names them.
};

/// By name, which is by age. Errors: `not_found` (directory), `io`.
CLOUDKIT_API Result<std::vector<Snapshot>> list_snapshots(const std::string& directory);

/// Of each day, week (from Monday) and month, UTC, in which snapshots began, the newest complete one counts, else the
/// newest. What any of these keeps stays.
struct PruneOptions {
  int keep_last = 0;                                 ///< The newest ones.
  int keep_daily = 0;                                ///< So many days.
  int keep_weekly = 0;                               ///< So many weeks.
  int keep_monthly = 0;                              ///< So many months.
  bool dry_run = false;                              ///< Tell what would be removed, and remove nothing.
  std::function<void(const SyncEvent&)> event = {};  ///< As `SyncOptions::event`.
  Context context = {};
};

/// What `prune` did or, in a dry run, would have done.
struct [[nodiscard]] PruneReport {
  std::vector<std::string> kept = {};      ///< Names, the oldest first; with those that could not be removed.
  std::vector<std::string> removed = {};   ///< Names, the oldest first.
  std::vector<SyncFailure> failures = {};  ///< Snapshots that could not be removed.

  CLOUDKIT_API Status status() const;  ///< The first failure, if there is one.
};

/// Removes old snapshots. Never the newest complete one, nor any whose manifest cannot be read or is damaged. Errors:
/// `invalid_argument` when nothing is to be kept; `conflict`, retryable, while a backup runs; `io`.
CLOUDKIT_API Result<PruneReport> prune(const std::string& directory, const PruneOptions& options);

/// One of several processes, on one machine or many, that make one snapshot of a large bucket together.
struct ShardOptions {
  /// Names what is made: the same for all its shards, and never given again. 1 to 100 letters, digits, `.`, `_`, `-`.
  std::string run = {};
  int shard = 1;                    ///< From 1 to `shards`.
  int shards = 1;                   ///< From 1 to 256.
  std::vector<KeyRule> rules = {};  ///< As `BackupOptions::rules`; the same for all shards.
  bool portable_names = false;      ///< As `BackupOptions::portable_names`; not found out by itself.
  bool allow_incomplete = false;    ///< As `BackupOptions::allow_incomplete`.
  bool merge_only = false;          ///< Do the last step alone: where all shards are done and none has come to it.
  bool dry_run = false;             ///< Decide on the ranges, and write nothing.
  int step = 1000;                  ///< Objects, 1 to 1000, that a killed process has to do again at most.
  TransferOptions transfer = {};    ///< As `SyncOptions::transfer`.
  std::function<void(const SyncEvent&)> event = {};        ///< As `SyncOptions::event`.
  std::function<void(const SyncProgress&)> progress = {};  ///< As `SyncOptions::progress`.
  Context context = {};
};

/// The keys of one shard: greater than `after`, and not greater than `until`. Counts are those of the plan.
struct ShardRange {
  std::string after = {};     ///< Empty: from the first key on.
  std::string until = {};     ///< Of the last one empty: to the end. One that is not greater than `after`: no keys.
  std::uint64_t objects = 0;  ///< In it.
  std::uint64_t bytes = 0;    ///< Bytes of these.
};

/// What `backup_shard` did.
struct [[nodiscard]] ShardReport {
  std::string snapshot = {};               ///< "2026-11-23T01-00-00Z": when its plan was made, UTC.
  bool done = false;                       ///< This shard is.
  bool finished = false;                   ///< The snapshot is: every shard is done, and their manifests are one.
  std::vector<ShardRange> ranges = {};     ///< Of all shards, in order.
  std::uint64_t objects = 0;               ///< From here on: of this shard.
  std::uint64_t bytes = 0;                 ///< Bytes of these.
  std::uint64_t fetched = 0;               ///< Objects whose bytes travelled.
  std::uint64_t fetched_bytes = 0;         ///< Bytes of these.
  std::uint64_t kept = 0;                  ///< Done by an earlier process.
  std::uint64_t vanished = 0;              ///< Removed after they were listed.
  std::uint64_t excluded = 0;              ///< By this process.
  std::uint64_t failed = 0;                ///< Objects that are missing for an error.
  std::vector<SyncFailure> failures = {};  ///< The first ones.

  CLOUDKIT_API Status status() const;  ///< The first failure, if there is one.
};

/// Copies one shard of a bucket into `to`, another bucket or a shared directory, below "2026-11-23T01-00-00Z/".
/// Whichever process comes first lists the bucket, cuts it into ranges of about the same work, and writes that down by
/// a conditional put; the others obey it. All that is known is below `to`'s ".cloudkit/", so that any machine goes on
/// with a shard whose process was killed: from the last thousand objects. Bytes travel through this machine, where
/// their SHA-256 is taken; once a shard is done it lists its copies again. The last one merges the manifests; without
/// that a snapshot is not there. Called again for what is done it does nothing. Errors: `unsupported` where `to` has no
/// conditional puts; `conflict` for another source, rules or number of shards than the run began with, or for a target
/// that holds backups of another bucket; the same, retryable, when another process does this shard; `data_loss` when
/// what is written down of the run was changed; what ends every object.
CLOUDKIT_API Result<ShardReport> backup_shard(const Bucket& from, const Bucket& to, const ShardOptions& options);

/// Of a snapshot that shards have made in a bucket. Reads every byte; with `quick`, lists sizes and tokens.
CLOUDKIT_API Result<VerifyReport> verify(const Bucket& backups, const VerifyOptions& options = {});
/// The same bytes, headers and metadata: what does not have the SHA-256 of the manifest does not appear.
CLOUDKIT_API Result<RestoreReport> restore(const Bucket& backups, const Bucket& to, const RestoreOptions& options = {});

/// The first time after `after`; nothing: never again.
using NextTime = std::function<std::optional<TimePoint>(TimePoint after)>;

/// `local`: that of this machine.
enum class TimeZone { utc, local };
/// Once on every day. Where daylight saving time skips that time, as much later; where it comes twice, at one of the
/// two. For a zone by its name: `next_fire`, of the component functions. Errors: `invalid_argument`.
CLOUDKIT_API Result<NextTime> daily_at(int hour, int minute, TimeZone zone = TimeZone::utc);

/// Calls `job` at each time that `next` gives, one call after the other. A machine's clock that is set back delays the
/// next call until it has come to that time again. Times that passed meanwhile, while the job ran
/// or the machine slept, are made up for by one call, at once. Returns when nothing is left, or: `cancelled`,
/// `timeout`, and what `job` returns.
CLOUDKIT_API Status run_on_schedule(const NextTime& next, const std::function<Status(TimePoint due)>& job,
                                    const Context& context = {});

}  // namespace cloudkit::inline v0

#pragma once

#include <cloudkit/object_store.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

/// Copies of whole buckets: into another one, and into dated directories that are proved and can be brought back.
/// A directory is a bucket, too: open_bucket("file:///DIR"). docs/guide/backup.md.
namespace cloudkit::inline v0 {

/// Which keys take part. Of several rules the first that matches a key decides; a key that none matches takes part.
///
/// `*` stands for any bytes but `/`, `**` for any bytes, `?` for one character but `/`, `[a-z]` and `[!a-z]` for one of
/// a set, `\` takes the next one as it is. "/logs/*.gz" begins at the key's first byte, "*.tmp" after any `/`, too, and
/// "cache/" is all that lies below.
struct KeyRule {
  bool include = false;  ///< Else what matches is left out.
  std::string pattern = {};
};

enum class SyncAction {
  copied,   ///< Its bytes travelled.
  linked,   ///< The bytes of the last snapshot serve again; at most its headers were asked for.
  removed,  ///< An object, or a snapshot.
  skipped,  ///< Is there, or is no more: `error` says why.
  failed,   ///< `error` says why.
};

/// Something that was done or, in a dry run, would be.
struct SyncEvent {
  SyncAction action = SyncAction::copied;
  std::string key = {};  ///< Of `prune`: the snapshot.
  std::uint64_t size = 0;
  const Error* error = nullptr;
};

/// Of all objects together.
struct SyncProgress {
  std::uint64_t objects = 0;
  std::uint64_t total_objects = 0;  ///< As far as it is known.
  std::uint64_t bytes = 0;
  std::uint64_t total_bytes = 0;
};

struct SyncFailure {
  std::string key = {};
  Error error = {};
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

struct SyncOptions {
  std::vector<KeyRule> rules = {};
  SyncCompare compare = SyncCompare::automatic;
  /// Remove what the source does not have, once all is copied; what rules leave out stays. Nothing is removed after any
  /// failure, never more than half of the keys that take part, and nothing that the source has when it is asked again.
  bool remove_extras = false;
  bool remove_most = false;  ///< Also more than half.
  bool dry_run = false;
  TransferOptions transfer = {};                           ///< `workers`: objects at once, by default 8. `bandwidth`.
  std::function<void(const SyncEvent&)> event = {};        ///< One call at a time, from any thread. Must not throw.
  std::function<void(const SyncProgress&)> progress = {};  ///< The same, at most ten times a second.
  Context context = {};
};

struct [[nodiscard]] SyncReport {
  std::uint64_t copied = 0;
  std::uint64_t copied_bytes = 0;
  std::uint64_t unchanged = 0;
  std::uint64_t removed = 0;
  std::uint64_t excluded = 0;  ///< Keys of the source that rules leave out.
  std::uint64_t failed = 0;
  std::vector<SyncFailure> failures = {};  ///< The first ones.

  /// The first failure, if there is one.
  CLOUDKIT_API Status status() const;
};

/// Makes `to` have the objects that `from` has, with headers and metadata: several at once, the two listings merged as
/// they come, so that memory stays the same however many there are. An object that fails is in the report, and the
/// others go on. A directory that does not tell capitals from small letters has one file for `A` and `a`: sync does not
/// notice; `backup` does. Errors: what ends all of it: either listing's; `cancelled`, `unauthenticated`, `unavailable`;
/// `invalid_argument` for a pattern, or when the one bucket lies in the other.
CLOUDKIT_API Result<SyncReport> sync(const Bucket& from, const Bucket& to, const SyncOptions& options = {});

struct BackupOptions {
  std::vector<KeyRule> rules = {};
  /// Finish a snapshot in which objects are missing because they failed; its manifest names them. It does not count as
  /// complete.
  bool allow_incomplete = false;
  /// Of a bucket with versions: take every object by the version that it had when the listing was made.
  bool versions = false;
  /// File names that any file system and operating system takes: also capitals and what is not ASCII become %XX. By
  /// itself where the directory does not tell capitals from small letters, or two forms of one accented letter apart.
  bool portable_names = false;
  bool dry_run = false;
  bool sync = true;  ///< Bytes are on the disk before the snapshot gets its name.
  TransferOptions transfer = {};
  std::function<void(const SyncEvent&)> event = {};
  std::function<void(const SyncProgress&)> progress = {};
  Context context = {};
  /// Also when the bucket has less than half of the objects that the last snapshot has, or more than one in ten of them
  /// vanish meanwhile: what an empty mount point looks like, or another account. Else this is `conflict`.
  bool allow_shrunken = false;
};

struct [[nodiscard]] BackupReport {
  std::string snapshot = {};  ///< "2026-11-23T01-00-00Z": when it began, UTC, and later than every other one's.
  /// Else it is still called `….partial`, and the next backup goes on with it.
  bool finished = false;
  TimePoint listed = {};  ///< A bucket has no snapshot: each object is as it was at some moment from here on.
  std::uint64_t objects = 0;
  std::uint64_t bytes = 0;
  std::uint64_t fetched = 0;
  std::uint64_t fetched_bytes = 0;
  std::uint64_t linked = 0;    ///< Unchanged since the last snapshot.
  std::uint64_t kept = 0;      ///< Done by an earlier run, which was ended.
  std::uint64_t vanished = 0;  ///< Removed after they were listed, as a second listing says, too.
  std::uint64_t excluded = 0;
  std::uint64_t failed = 0;
  std::vector<SyncFailure> failures = {};  ///< The first ones.

  CLOUDKIT_API Status status() const;
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

struct RestoreOptions {
  std::string snapshot = {};  ///< Its name; empty: the newest finished one.
  std::vector<KeyRule> rules = {};
  bool if_absent = false;  ///< Leave objects alone that are there. `unsupported` where a put has no conditions.
  bool dry_run = false;
  TransferOptions transfer = {};
  std::function<void(const SyncEvent&)> event = {};
  std::function<void(const SyncProgress&)> progress = {};
  Context context = {};
};

struct [[nodiscard]] RestoreReport {
  std::string snapshot = {};
  std::uint64_t restored = 0;
  std::uint64_t restored_bytes = 0;
  std::uint64_t skipped = 0;
  std::uint64_t excluded = 0;
  std::uint64_t failed = 0;
  std::vector<SyncFailure> failures = {};  ///< The first ones.

  CLOUDKIT_API Status status() const;
};

/// Puts a snapshot's objects into a bucket, with their headers and metadata. A file that is not what its manifest says
/// is a failure, `data_loss`, and is not sent. Errors: `not_found` (snapshot), `data_loss` (manifest), `io`, and what
/// ends every put.
CLOUDKIT_API Result<RestoreReport> restore(const std::string& directory, const Bucket& to,
                                           const RestoreOptions& options = {});

struct VerifyOptions {
  std::string snapshot = {};  ///< Its name; empty: the newest finished one.
  bool quick = false;         ///< Compare sizes and times, and read no file.
  std::function<void(const SyncEvent&)> event = {};
  std::function<void(const SyncProgress&)> progress = {};
  Context context = {};
};

struct [[nodiscard]] VerifyReport {
  std::string snapshot = {};
  std::uint64_t objects = 0;
  std::uint64_t bytes = 0;
  std::uint64_t missing = 0;  ///< Objects that the backup could not take (`BackupOptions::allow_incomplete`).
  std::uint64_t failed = 0;   ///< Files that are missing, other ones, or too many.
  std::vector<SyncFailure> failures = {};  ///< The first ones.

  CLOUDKIT_API Status status() const;

  std::uint64_t vanished = 0;  ///< Objects that were removed while it was made.
};

/// Compares every file of a snapshot with its manifest, and the manifest with its own digest. Needs no network. What it
/// finds damaged the next backup fetches anew, where it may write that down (DIRECTORY/.cloudkit/damaged). Errors:
/// `not_found` (snapshot), `data_loss` (manifest), `io`.
CLOUDKIT_API Result<VerifyReport> verify(const std::string& directory, const VerifyOptions& options = {});

/// A finished snapshot.
struct Snapshot {
  std::string name = {};
  TimePoint started = {};
  std::string source = {};  ///< "s3://reports"
  std::uint64_t objects = 0;
  std::uint64_t bytes = 0;
  std::uint64_t failed = 0;          ///< Objects that are missing in it.
  std::optional<Error> damage = {};  ///< Why its manifest cannot be read.

  bool complete() const noexcept { return failed == 0 && !damage; }

  std::uint64_t vanished = 0;  ///< Objects that were removed after they were listed: its manifest names them.
};

/// By name, which is by age. Errors: `not_found` (directory), `io`.
CLOUDKIT_API Result<std::vector<Snapshot>> list_snapshots(const std::string& directory);

/// Of each day, week (from Monday) and month, UTC, in which snapshots began, the newest complete one counts, else the
/// newest. What any of these keeps stays.
struct PruneOptions {
  int keep_last = 0;
  int keep_daily = 0;
  int keep_weekly = 0;
  int keep_monthly = 0;
  bool dry_run = false;
  std::function<void(const SyncEvent&)> event = {};
  Context context = {};
};

struct [[nodiscard]] PruneReport {
  std::vector<std::string> kept = {};
  std::vector<std::string> removed = {};
  std::vector<SyncFailure> failures = {};

  CLOUDKIT_API Status status() const;
};

/// Removes old snapshots. Never the newest complete one, nor any whose manifest cannot be read or is damaged. Errors:
/// `invalid_argument` when nothing is to be kept; `conflict`, retryable, while a backup runs; `io`.
CLOUDKIT_API Result<PruneReport> prune(const std::string& directory, const PruneOptions& options);

/// The first time after `after`; nothing: never again.
using NextTime = std::function<std::optional<TimePoint>(TimePoint after)>;

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

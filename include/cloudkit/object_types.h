#pragma once

#include <cloudkit/bandwidth_limit.h>
#include <cloudkit/context.h>
#include <cloudkit/error.h>
#include <cloudkit/export.h>
#include <cloudkit/hedge.h>
#include <cloudkit/result.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// What handles and drivers say to each other: objects, conditions, ranges, options.
/// Members of option structs are in an order that is API: new ones go last.
namespace cloudkit::inline v0 {

/// By the service's clock, or this machine's where the store is here; no time at all is `TimePoint{}`.
using TimePoint = std::chrono::system_clock::time_point;
/// Names are lower case; the backends fold them.
using Metadata = std::map<std::string, std::string>;

/// Names and values keep their case.
using Tags = std::map<std::string, std::string>;

/// When a call may have its effect, compared with the object's token. Never dropped: a backend
/// that cannot honour it answers `unsupported`; one that did not hold is `precondition_failed`.
class Condition {
 public:
  /// What is compared. `not_match` is for reads, `absent` for writes.
  enum class Kind { none, absent, match, not_match };

  Condition() = default;
  /// Only if there is no such object. For put and copy.
  static Condition absent() { return {Kind::absent, {}}; }
  /// Only if the object still has this token. On S3 a token is of the content: an object that was
  /// changed and changed back has its old one again.
  static Condition match(std::string token) { return {Kind::match, std::move(token)}; }
  /// Only if the object has another token, else `not_modified`. For get.
  static Condition not_match(std::string token) { return {Kind::not_match, std::move(token)}; }

  Kind kind() const noexcept { return kind_; }  ///< `none`: the call has its effect in any case.
  /// As `match` or `not_match` was given it; else empty.
  const std::string& token() const noexcept { return token_; }
  explicit operator bool() const noexcept { return kind_ != Kind::none; }  ///< Whether there is a condition.

 private:
  Condition(Kind kind, std::string token) : kind_(kind), token_(std::move(token)) {}
  Kind kind_ = Kind::none;
  std::string token_;
};

/// `length` bytes from `offset` on; what lies beyond the object's end is left out.
struct ByteRange {
  static constexpr std::uint64_t to_end = UINT64_MAX;  ///< As a `length`: up to the object's end.
  std::uint64_t offset = 0;                            ///< In bytes, from 0.
  std::uint64_t length = to_end;                       ///< In bytes.
  bool from_end = false;                               ///< `offset` counts back from the end.

  /// All from `offset` on.
  static ByteRange from(std::uint64_t offset) { return {offset, to_end, false}; }
  /// The last `count` bytes, or all when there are fewer.
  static ByteRange suffix(std::uint64_t count) { return {count, to_end, true}; }
};

/// The headers that browsers and caches obey. Empty: not set.
struct ContentHeaders {
  std::string type = {};           ///< Empty on put: by the ending of the key, else of the file.
  std::string cache_control = {};  ///< "max-age=3600, public": as Cache-Control has it, like those below.
  std::string encoding = {};       ///< Bytes are stored and returned as they are, never decoded.
  /// "attachment": whether browsers show it or save it, and under which name.
  std::string disposition = {};
  std::string language = {};  ///< For whom it is meant: "de", "en, fr".
};

/// Of all bytes of an object, for finding accidents.
struct Checksum {
  /// `crc32c` is of S3 and Google, `crc64nvme` of S3. `none`: nothing is known.
  enum class Algorithm { none, crc32c, crc64nvme };
  Algorithm algorithm = Algorithm::none;  ///< Of what `value` is.
  /// As a number; of `crc32c` 32 bits count.
  std::uint64_t value = 0;
};

/// What a backend knows of an object besides its bytes. Of a put at least key, size and token.
struct ObjectInfo {
  std::string key = {};    ///< As the caller named it: below the bucket's prefix.
  std::uint64_t size = 0;  ///< In bytes, of the whole object also where a range was read.
  std::string token = {};  ///< Opaque; what conditions compare.
  /// When bytes or metadata last changed, by the service's clock; to the second on S3.
  TimePoint modified = {};
  ContentHeaders content = {};     ///< As it was put.
  Metadata metadata = {};          ///< As it was put, with names in lower case.
  std::string version_id = {};     ///< Where the bucket keeps versions.
  std::string storage_class = {};  ///< The service's own name; empty: the usual one.
  std::string etag = {};           ///< As the service gave it, without quotes. Not an MD5.
  /// Where the service keeps one, against which what is read whole is checked; none after a read that was resumed.
  Checksum checksum = {};
};

/// What `Bucket::get` returns.
struct Object {
  ObjectInfo info = {};   ///< Of the whole object.
  std::string data = {};  ///< All bytes, or those of the range.
};

/// An object in a listing or, with a delimiter, what stands for many.
struct ListEntry {
  std::string key = {};            ///< Whole, not below the listed prefix.
  bool is_prefix = false;          ///< Stands for all keys up to the delimiter.
  std::uint64_t size = 0;          ///< In bytes; 0 of a prefix.
  TimePoint modified = {};         ///< As in `ObjectInfo`.
  std::string token = {};          ///< As in `ObjectInfo`.
  std::string storage_class = {};  ///< As in `ObjectInfo`.
};

/// A bucket in the list of an account.
struct BucketEntry {
  std::string name = {};   ///< As `ObjectStore::bucket` takes it.
  TimePoint created = {};  ///< As far as the backend knows.
};

/// How far a transfer is, in bytes.
struct TransferProgress {
  std::uint64_t bytes = 0;  ///< Never goes back; `total` at the end of a transfer that succeeds.
  std::uint64_t total = 0;  ///< Of a writer: what has been written so far.
};

/// How a large object travels. Zeros: chosen for its size, the backend and what the network gives.
struct TransferOptions {
  /// Bytes of each part but the last. Given, objects larger than it travel in parts.
  std::uint64_t part_size = 0;
  int workers = 0;  ///< Parts under way at once, at most 64; the calling thread works too, but for a stream.
  /// Called from any thread, one call at a time, at most ten times a second. Must not throw.
  std::function<void(const TransferProgress&)> progress = {};
  /// For taking back what a failed or cancelled upload has left at the service.
  std::chrono::milliseconds cleanup_timeout{5000};
  /// Of a `File` that travels in parts: what is done is kept when the call fails or the program is killed, and the same
  /// call goes on from there. A journal lies beside the file until then (docs/guide/reliability.md). Two such
  /// transfers of one file at once: `conflict`.
  bool resume = false;
  /// Of a writer: how large the object may become, for one of more than 900 GiB on S3, or 78 GiB where all
  /// parts must be equal, as on R2. Need not be right.
  /// https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
  std::uint64_t expected_size = 0;
  /// Of all bytes of objects that this program sends or receives, those of a retry too. What a service copies by itself
  /// is not limited, nor are headers. Bytes wait within the call's context.
  BandwidthLimit bandwidth = {};
};

/// An upload that is under way. Opaque, and valid after a restart of the program.
struct UploadId {
  /// As the driver made it; means something to that driver alone.
  std::string value = {};
};

/// An upload in parts that was neither completed nor aborted. Its parts are paid for.
struct UploadEntry {
  std::string key = {};    ///< That the object will have.
  UploadId upload = {};    ///< For `Bucket::abort_upload`.
  TimePoint started = {};  ///< By the service's clock.
};

/// One of the contents that an object has had, or the mark of its removal.
struct VersionEntry {
  std::string key = {};            ///< Of the object.
  std::string version_id = {};     ///< For the options of the same name. Opaque.
  bool is_latest = false;          ///< What a get without a version reads.
  bool is_delete_marker = false;   ///< The object was removed here; there are no bytes.
  std::uint64_t size = 0;          ///< In bytes.
  TimePoint modified = {};         ///< When this version was written, or the object removed.
  std::string token = {};          ///< As in `ObjectInfo`.
  std::string storage_class = {};  ///< As in `ObjectInfo`.
};

/// A key that was not removed or, with `Error::may_have_happened`, perhaps was.
struct RemoveFailure {
  std::string key = {};  ///< As it was given to `remove_many`, or listed by `remove_all`.
  Error error = {};      ///< Why.
};

/// What became of many removals. Every key is counted or named once.
struct [[nodiscard]] RemoveReport {
  std::uint64_t removed = 0;                 ///< Gone, also those that were not there.
  std::vector<RemoveFailure> failures = {};  ///< Those that failed, each with its error.
  std::vector<std::string> not_tried = {};   ///< In their order, once `stopped` ended it.
  std::optional<Error> stopped = {};         ///< Cancelled, or what every other key would meet, too.

  /// Success when all keys are gone; else `stopped`, or the first failure.
  CLOUDKIT_API Status status() const;
};

/// For `Bucket::put` and `open_writer`.
/// Metadata is limited as S3 does: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
struct PutOptions {
  Condition condition = {};     ///< `absent` or `match`.
  ContentHeaders content = {};  ///< To be kept with the object.
  Metadata metadata = {};       ///< Names: ASCII tokens; values: printable ASCII; 2 KiB in all.
  /// The service's own name, "STANDARD_IA". Empty: the usual one. Where there is no such thing: `unsupported`.
  std::string storage_class = {};
  /// With its first byte, so that no rule of the service sees the object without them. Limits and errors as of
  /// `Bucket::set_tags`; S3 wants s3:PutObjectTagging for them.
  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html#API_PutObject_RequestSyntax
  Tags tags = {};
  Context context = {};
  TransferOptions transfer = {};  ///< How it travels in parts; `bandwidth` counts for every put.
  /// Writes whose reply may be lost and that cannot just be repeated, conditional ones and those in
  /// parts, carry a random id in their metadata ("ckwrite", not shown), by which a lost reply is
  /// settled. False: they do not, and more outcomes are unknown.
  bool write_id = true;
};

/// For `Bucket::get`, its relatives, `download` and `open_reader`.
struct GetOptions {
  std::optional<ByteRange> range = {};  ///< Empty: the whole object. Not for `read_at`.
  Condition condition = {};             ///< `match` or `not_match`.
  std::string version_id = {};          ///< Empty: the newest one.
  std::uint64_t max_size = 1ULL << 30;  ///< `get` refuses to read more into memory. No limit on downloads.
  Context context = {};
  TransferOptions transfer = {};  ///< Of a download to a file, and of a reader; `bandwidth` of every get.
  /// A second request for reads that hang. A sink is then perhaps written from another thread, still one call at a
  /// time.
  Hedge hedge = {};
};

/// For `Bucket::head` and `exists`.
struct HeadOptions {
  std::string version_id = {};  ///< Empty: the newest one.
  Context context = {};
};

/// For `Bucket::remove`.
struct RemoveOptions {
  Condition condition = {};  ///< `match`.
  Context context = {};
};

/// For `Bucket::copy` and `copy_from`.
struct CopyOptions {
  Condition condition = {};  ///< Of the destination: `absent`.
  /// Empty: the source's. Else all five are these, and an empty type is guessed from the destination's key.
  std::optional<ContentHeaders> content = {};
  std::optional<Metadata> metadata = {};  ///< Empty: the source's.
  Context context = {};
  std::string storage_class = {};  ///< Empty: what the service gives a copy.
  TransferOptions transfer = {};   ///< Of a copy that is made in parts, or whose bytes come through here.
};

/// For `Bucket::remove_many` and `remove_all`.
struct RemoveManyOptions {
  Context context = {};
};

/// For `Bucket::set_metadata`. One of `content` and `metadata` must be given.
struct SetMetadataOptions {
  /// `match`. On S3 it guards the content: of an object that one request put, without SSE-KMS, the token stays.
  Condition condition = {};
  /// Empty: as they are. Else all five are these, and an empty type is guessed from the key.
  std::optional<ContentHeaders> content = {};
  std::optional<Metadata> metadata = {};  ///< Empty: as it is.
  Context context = {};
};

/// For `Bucket::get_tags` and `set_tags`.
struct TagOptions {
  std::string version_id = {};  ///< Empty: the newest one.
  Context context = {};
};

/// For `Bucket::list_versions`.
struct ListVersionsOptions {
  std::string prefix = {};  ///< Bytes, not a path.
  int page_size = 1000;     ///< Versions asked for in one request, 1 to 1000.
  Context context = {};
  bool prefetch = false;  ///< As in `ListOptions`.
};

/// For `Bucket::list_uploads`.
struct ListUploadsOptions {
  std::string prefix = {};  ///< Bytes, not a path.
  Context context = {};
};

/// For `Bucket::abort_upload`.
struct AbortUploadOptions {
  Context context = {};
};

/// For `Bucket::remove_version` and `undelete`.
struct VersionOptions {
  Context context = {};
};

/// For `Bucket::list` and `list_all`.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
struct ListOptions {
  std::string prefix = {};  ///< Bytes, not a path: `ab` finds `abc`.
  /// Keys that have it behind `prefix` are one entry up to there, `ListEntry::is_prefix`: "/" lists as directories are.
  /// Empty: all keys.
  std::string delimiter = {};
  /// Exclusive. A common prefix in which it lies is no entry when no later key is in it, and else may be one.
  std::string start_after = {};
  int page_size = 1000;  ///< Keys asked for in one request, 1 to 1000.
  Context context = {};
  /// Asks for the next page, on a thread of its own, while this one is worked on. Who stops early may have caused one
  /// request more.
  bool prefetch = false;
  /// Called for what lies among the keys of `file://` and is no object, with its key and what it is: "a symbolic link",
  /// "a FIFO". By the thread that walks the listing, ahead of the entries of its page. Must not throw.
  std::function<void(std::string_view key, std::string_view what)> passed_over = {};
};

/// The one request that a presigned URL allows: GET, PUT, HEAD or DELETE.
enum class PresignMethod { get, put, head, remove };

/// For `Bucket::presign`.
struct PresignOptions {
  PresignMethod method = PresignMethod::get;  ///< `get` downloads, `put` uploads.
  /// 1 s to 7 days. What temporary credentials of AWS sign ends with them at the latest; that is logged as a warning.
  std::chrono::seconds expires = std::chrono::minutes(15);
  std::string content_type = {};  ///< For put: the type that the sender must give.
  Context context = {};
  /// For get and head: what the reply says instead of the object's own headers. Empty: as stored. Google takes type and
  /// disposition, of get alone, and heeds them, as is reported, only where the object has none of its own. What a
  /// service does not take is `unsupported`.
  ContentHeaders response = {};
  std::string version_id = {};  ///< For get, head and remove: this version. Empty: the newest one.
};

/// For `ObjectStore::create_bucket`.
struct CreateBucketOptions {
  Context context = {};
  bool versioned = false;  ///< Keep what is replaced or removed. `unsupported` where that cannot be.
};

/// For the other calls of `ObjectStore`.
struct BucketOptions {
  Context context = {};
};

/// What a backend can do. Chooses the conformance cases, and lets a caller ask beforehand.
struct Capabilities {
  bool put_if_absent = false;    ///< `Condition::absent` of a put.
  bool put_if_match = false;     ///< `Condition::match` of a put.
  bool conditional_get = false;  ///< `Condition::match` and `not_match` of a get.
  bool remove_if_match = false;  ///< `Condition::match` of a removal.
  bool copy_if_absent = false;   ///< `Condition::absent` of a copy.
  bool presign = false;          ///< `Bucket::presign`.
  bool tags = false;             ///< `Bucket::get_tags` and `set_tags`.
  bool versions = false;         ///< Buckets may keep what is replaced or removed.
  bool storage_class = false;    ///< `PutOptions::storage_class` means something.
  bool remote = false;           ///< Behind a network: replies get lost, and several connections are faster than one.
  bool any_delimiter = true;     ///< Else `/` only.
  bool persistent = true;        ///< Objects outlive the program.
  bool key_slashes = true;       ///< Keys may hold `//` and begin or end with `/`.
  bool key_dot_segments = true;  ///< One or two dots may stand between two `/`.
  bool key_control_characters = true;        ///< Keys may hold bytes below 0x20, and 0x7F.
  bool key_and_child = true;                 ///< `a` and `a/b` can both exist.
  std::size_t max_key_size = 1024;           ///< Bytes.
  std::size_t max_segment_size = 1024;       ///< Bytes between two `/`.
  std::uint64_t max_put_size = UINT64_MAX;   ///< In one request.
  std::uint64_t max_copy_size = UINT64_MAX;  ///< In one request; the driver refuses more.
  bool uploads = false;                      ///< In parts; `BucketDriver::upload_limits` says of which sizes.
  bool upload_if_absent = false;             ///< An upload in parts may have the condition.
  bool upload_if_match = false;              ///< The same of `Condition::match`.
  bool copy_part = false;                    ///< A part may be bytes of an object that the store has.
  bool set_metadata = false;                 ///< `Bucket::set_metadata`.
  bool set_metadata_if_match = false;        ///< `Condition::match` of it.
  std::size_t max_remove_many = 1;           ///< Keys in one request; 1: `remove_many` removes one by one.
  bool list_uploads = true;                  ///< Those under way can be listed, where there are `uploads`.
  bool delete_markers = true;      ///< A removal leaves one where there are `versions`; else `undelete` makes a copy.
  bool key_backslashes = true;     ///< Keys may hold a `\`.
  bool key_final_dots = true;      ///< What is between two `/` may end with a dot.
  bool metadata_any_token = true;  ///< Else names of metadata are identifiers: letters, digits and `_`, no digit first.
  bool key_dot_names = true;       ///< Keys may be one or two dots, where there are `key_dot_segments`.
  /// Keys may lead out of the bucket as paths would, where there are `key_dot_segments`: `..`, `../b`, `a/../../b`.
  bool key_climbs_out = true;
};

}  // namespace cloudkit::inline v0

#pragma once

#include <cloudkit/finding.h>
#include <cloudkit/io.h>
#include <cloudkit/object_types.h>
#include <cloudkit/probe.h>
#include <cloudkit/result.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The two contracts that an object store's backend implements. Drivers are called from many
/// threads at once. They may make the several requests that one step needs, but never wait,
/// poll, sleep or retry; they fill no defaults, and check only what they alone can know: the
/// handles do the rest. An error needs no `operation` and no `resource`: the handles add them.
namespace cloudkit::inline v0 {

/// Receives one object. `begin` comes once, before the first byte and also for an empty object.
class CLOUDKIT_API ObjectReceiver {
 public:
  ObjectReceiver() = default;
  ObjectReceiver(const ObjectReceiver&) = delete;
  ObjectReceiver& operator=(const ObjectReceiver&) = delete;
  virtual ~ObjectReceiver();

  /// `info.size` is the whole object's; `offset` and `length` say which bytes follow.
  virtual Status begin(const ObjectInfo& info, std::uint64_t offset, std::uint64_t length) = 0;
  /// The next bytes, valid during the call only. An error, of `begin` too, ends the get and is what
  /// it returns. Both are called on the thread that called `get`.
  virtual Status write(Bytes chunk) = 0;
  /// A hint: how much to bring at once to one that takes its time on purpose, so that the sender sees it move.
  virtual std::size_t most_at_once() const noexcept { return SIZE_MAX; }
};

/// What `BucketDriver::list_page` is asked for.
struct ListPageRequest {
  std::string prefix = {};       ///< Bytes, not a path.
  std::string delimiter = {};    ///< Empty: no prefixes, all keys.
  std::string start_after = {};  ///< Given with every page.
  std::string page_token = {};   ///< Empty for the first page, else the last page's.
  int page_size = 1000;          ///< 1 to 1000; a page may be shorter.
  Context context = {};
  bool passed_over = false;  ///< Also tell what is no object, where there can be such.
};

/// What lies where an object could, and is none.
struct PassedOver {
  std::string key = {};   ///< As an object there would have it.
  std::string what = {};  ///< "a symbolic link"
};

/// Keys, as many as come at once.
struct ListPage {
  std::vector<ListEntry> entries = {};  ///< Keys and prefixes together, in UTF-8 byte order.
  std::string next_page_token = {};     ///< Empty: this was the last page.
  /// For `ListPageRequest::passed_over`: each on one page of a listing.
  std::vector<PassedOver> passed_over = {};
};

/// What `BucketDriver::copy` is asked for.
struct CopyRequest {
  std::string source_bucket = {};    ///< The name of one with the same `store_id`.
  std::string source_key = {};       ///< In that bucket.
  std::string destination_key = {};  ///< In the driver's own.
  CopyOptions options = {};          ///< With every step.
  std::string resume_token = {};     ///< From the last `CopyStep`, empty at first.
  std::string source_version = {};  ///< Empty: the current one. Only where there are versions without `delete_markers`.
};

/// A finished copy has `info`, an unfinished one a token to go on with.
struct CopyStep {
  std::optional<ObjectInfo> info = {};  ///< When it is finished.
  std::string resume_token = {};        ///< Until then.
};

/// What a store asks of the parts of an upload. Sizes in bytes; 0 is "no limit".
struct UploadLimits {
  bool ordered = false;         ///< Parts must be sent one after the other.
  bool equal_parts = false;     ///< All parts but the last must have one size.
  std::uint64_t alignment = 1;  ///< The size of each part but the last is a multiple of it.
  std::uint64_t min_part = 0;   ///< The last part may be smaller.
  std::uint64_t max_part = 0;   ///< A part may not be larger.
  std::uint64_t max_parts = 0;  ///< In one upload.
  std::uint64_t use_from = 0;   ///< From this size on parts are faster than one put. 0: they never are.
};

/// A part that the store has, as it must be named when the upload is completed.
struct UploadPart {
  int number = 0;             ///< From 1.
  std::uint64_t size = 0;     ///< In bytes.
  std::string token = {};     ///< The store's name for the part's content: its ETag, its block id.
  std::string checksum = {};  ///< As the store gave it, or empty.
};

/// Of one part.
struct PutPartRequest {
  std::string key = {};      ///< Of the object.
  UploadId upload = {};      ///< From `BucketDriver::begin_upload`.
  int number = 0;            ///< From 1.
  std::uint64_t offset = 0;  ///< Of the part in the object.
  bool last = false;         ///< No part follows.
  Context context = {};
};

/// What became of a part.
struct PutPartResult {
  UploadPart part = {};  ///< Of what is stored of it.
  /// The first offset of the object that is not stored yet. Of the last part a store may keep less than was sent:
  /// then `part.size` says how much, and the driver holds the rest until `complete_upload`.
  std::uint64_t persisted_until = 0;
};

/// Uploads, as many as come at once.
struct UploadPage {
  std::vector<UploadEntry> entries = {};  ///< May be empty though more follow.
  std::string next_page_token = {};       ///< Empty: this was the last page.
};

/// What `BucketDriver::list_versions_page` is asked for.
struct ListVersionsRequest {
  std::string prefix = {};      ///< Bytes, not a path.
  std::string page_token = {};  ///< Empty for the first page, else the last page's.
  int page_size = 1000;         ///< 1 to 1000; a page may be shorter.
  Context context = {};
};

/// Versions, as many as come at once.
struct VersionPage {
  std::vector<VersionEntry> entries = {};  ///< May be empty though more follow.
  std::string next_page_token = {};        ///< Empty: this was the last page.
};

/// One bucket.
class CLOUDKIT_API BucketDriver {
 public:
  BucketDriver() = default;
  BucketDriver(const BucketDriver&) = delete;
  BucketDriver& operator=(const BucketDriver&) = delete;
  virtual ~BucketDriver();

  virtual Capabilities capabilities() const = 0;  ///< Makes no request.
  /// For messages and `Bucket::url`: "s3://reports".
  virtual std::string url() const = 0;
  virtual std::string name() const = 0;  ///< As the store knows it: "reports".
  /// The same for all buckets of one store: its endpoint or address. `copy` works between them.
  virtual std::string store_id() const = 0;

  /// Whole or absent: no reader ever sees a part. Returns at least size and token. Sources, here and of a part, may
  /// give less than was asked for, though never nothing, where more will come: a `BandwidthLimit` paces them.
  virtual Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) = 0;
  /// Errors: `not_found`, `precondition_failed`, `not_modified`; `invalid_argument` for a range
  /// that begins at or past the end of an object that is not empty. After an error bytes may
  /// have been delivered.
  virtual Result<ObjectInfo> get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) = 0;
  /// Errors: `not_found`, also where the backend cannot tell a missing bucket from a missing object.
  virtual Result<ObjectInfo> head(std::string_view key, const HeadOptions& options) = 0;
  /// Succeeds for a missing key, unless a condition names a token (`precondition_failed`).
  virtual Status remove(std::string_view key, const RemoveOptions& options) = 0;
  /// One step, between buckets of one `store_id`; called again with its `resume_token` until there
  /// is an `info`. Errors: `not_found` (source), `precondition_failed`, `unsupported` when it is too
  /// large.
  virtual Result<CopyStep> copy(const CopyRequest& request) = 0;
  /// One page, which may be short or empty and yet not the last. Errors: `not_found` (bucket).
  virtual Result<ListPage> list_page(const ListPageRequest& request) = 0;

  // Optional: the defaults answer `unsupported`.

  /// Uploads in parts: begin, parts from several threads, then complete or abort; nothing of it is
  /// seen by readers before `complete_upload` has succeeded. An upload that was completed, aborted or
  /// has expired is `not_found` with the service code "NoSuchUpload"; any other service code says
  /// that something else is missing.
  virtual UploadLimits upload_limits() const;
  /// Content headers, metadata, storage class and tags are those given here; the condition is decided at
  /// the end. Stores that bind one or the other elsewhere get `options` with both calls.
  virtual Result<UploadId> begin_upload(std::string_view key, const PutOptions& options);
  /// Sending a number again replaces the part. `part` holds the part's bytes only. Errors:
  /// `not_found`; `invalid_argument` for a part that breaks the limits, here or at the end.
  virtual Result<PutPartResult> put_part(const PutPartRequest& request, const Source& part);
  /// As `put_part`, with bytes of an object within the same `store_id`: a range with a length, at
  /// least one byte, that ends within the object. Errors: `conflict` when the object has another
  /// token than `source_token`: the part may be wrong then, and the upload is to be aborted.
  virtual Result<UploadPart> copy_part(const PutPartRequest& request, std::string_view source_bucket,
                                       std::string_view source_key, ByteRange range, std::string_view source_token);
  /// `parts`: all that are stored, by ascending number; some stores take fewer, others refuse.
  /// Errors: `not_found`; `invalid_argument` for parts that are not stored or break the limits;
  /// `precondition_failed`, which leaves the upload to be aborted; `conflict` when it must be begun
  /// again; with `may_have_happened` when a reply was lost, also when what follows is `not_found`:
  /// it can be the sign of success.
  virtual Result<ObjectInfo> complete_upload(std::string_view key, const UploadId& upload,
                                             const std::vector<UploadPart>& parts, const PutOptions& options);
  /// What the store has, by ascending number: to go on after a restart. Errors: `not_found`.
  virtual Result<std::vector<UploadPart>> list_parts(std::string_view key, const UploadId& upload,
                                                     const Context& context);
  /// Succeeds for an upload that is gone. Parts in flight must have ended.
  virtual Status abort_upload(std::string_view key, const UploadId& upload, const Context& context);
  /// Uploads that were neither completed nor aborted, in byte order of their keys.
  virtual Result<UploadPage> list_uploads_page(std::string_view prefix, std::string_view page_token,
                                               const Context& context);

  /// A URL that does one thing without credentials until it expires. No request is made.
  virtual Result<std::string> presign(std::string_view key, const PresignOptions& options);
  /// At most `Capabilities::max_remove_many` keys. Returns those that were not removed, each with its
  /// error: a missing key is none. A key, or the whole call, that is `unsupported` is removed by `remove`.
  virtual Result<std::vector<RemoveFailure>> remove_many(std::span<const std::string> keys,
                                                         const RemoveManyOptions& options);
  /// By key, the newest version of each first; delete markers among them. In a bucket that keeps no
  /// versions each object has the one version "null", or one of its own where there are no markers.
  virtual Result<VersionPage> list_versions_page(const ListVersionsRequest& request);
  /// For good. Succeeds for a version that is not there.
  virtual Status remove_version(std::string_view key, std::string_view version_id, const VersionOptions& options);
  /// Replaces metadata or content headers or both, not the bytes. The token may stay what it was.
  virtual Result<ObjectInfo> set_metadata(std::string_view key, const SetMetadataOptions& options);
  /// All of them. Errors: `not_found`.
  virtual Result<Tags> get_tags(std::string_view key, const TagOptions& options);
  /// Replaces all of them. Errors of both: `not_found`.
  virtual Status set_tags(std::string_view key, const Tags& tags, const TagOptions& options);

  /// The same for all buckets between which `copy` gives what `get` and `put` would; between others objects are copied
  /// by these. The default: that of the store. Of what changes bytes on their way, as a driver that encrypts, it is its
  /// own.
  virtual std::string copy_id() const;

  // Optional, for `Bucket::probe`.

  /// The same bucket by a driver that also sends the conditions which nobody promises that the store honours: its
  /// capabilities say them. The default, null: this driver holds nothing back.
  virtual std::shared_ptr<BucketDriver> unguarded();
  /// What this backend alone can try, on the one object `key`, which the caller removes. The default tries nothing.
  virtual std::vector<Behaviour> probe(std::string_view key, const Context& context);
};

/// Buckets, as many as come at once.
struct BucketPage {
  std::vector<BucketEntry> entries = {};  ///< In any order; may be empty though more follow.
  std::string next_page_token = {};       ///< Empty: this was the last page.
};

/// An account or an endpoint: where buckets live.
class CLOUDKIT_API ObjectStoreDriver {
 public:
  ObjectStoreDriver() = default;
  ObjectStoreDriver(const ObjectStoreDriver&) = delete;
  ObjectStoreDriver& operator=(const ObjectStoreDriver&) = delete;
  virtual ~ObjectStoreDriver();

  /// For messages: "s3://", "file:///data".
  virtual std::string url() const = 0;
  /// Does no I/O. Errors: `invalid_argument` for a name that the backend cannot hold.
  virtual Result<std::shared_ptr<BucketDriver>> bucket(std::string_view name) = 0;
  /// Errors: `already_exists`, also when the caller owns it already; `unsupported` for `versioned`.
  virtual Status create_bucket(std::string_view name, const CreateBucketOptions& options) = 0;
  /// Errors: `not_found`; `conflict` when it is not empty.
  virtual Status delete_bucket(std::string_view name, const BucketOptions& options) = 0;
  /// Errors: `permission_denied`, where it hides whether there is one.
  virtual Result<bool> bucket_exists(std::string_view name, const BucketOptions& options) = 0;
  /// One page, in any order. `page_token` is empty for the first, else the last page's.
  virtual Result<BucketPage> list_buckets_page(std::string_view page_token, const BucketOptions& options) = 0;

  /// What `url` leaves open: whose the buckets are, or the endpoint that somebody named: "123456789012",
  /// "http://127.0.0.1:5000". Empty: `url` says it all. May ask the service, once.
  virtual Result<std::string> account(const Context& context);

  /// Optional: what this backend alone can tell a user who asks why `bucket`, or without one the store, does
  /// not work: identity, endpoint, the way there. For `cloudkit::diagnose`. The default has nothing to tell.
  virtual std::vector<Finding> diagnose(std::string_view bucket, const Context& context);
};

}  // namespace cloudkit::inline v0

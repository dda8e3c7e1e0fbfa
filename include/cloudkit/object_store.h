#pragma once

#include <cloudkit/io.h>
#include <cloudkit/object_stream.h>
#include <cloudkit/object_types.h>
#include <cloudkit/probe.h>
#include <cloudkit/result.h>

#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cloudkit::inline v0 {

class BucketDriver;
class ObjectStoreDriver;

namespace detail {
template <class Entry>
class EntrySource {
 public:
  virtual ~EntrySource() = default;
  /// Valid until the next call; null at the end.
  virtual const Result<Entry>* next() = 0;
};
}  // namespace detail

/// The entries of a bucket, fetched page by page while they are walked, once. After an error
/// it ends. Owns what it needs, so it may outlive its bucket. For one thread at a time.
template <class Entry>
class EntryRange {
 public:
  /// An input iterator, good for one walk, and no longer than its range. At the end it equals `end()`.
  class Iterator {
   public:
    /// @{
    /// What the standard library asks of iterators.
    using value_type = Result<Entry>;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;
    using pointer = const value_type*;
    using reference = const value_type&;
    /// @}

    Iterator() = default;
    /// The entry, or the error that ended it. Valid until the next step.
    reference operator*() const { return *range_->current_; }
    /// @copydoc operator*
    pointer operator->() const { return range_->current_; }
    /// Goes on; makes a request where a page ends.
    Iterator& operator++() {
      range_->advance();
      return *this;
    }
    /// @copydoc operator++()
    void operator++(int) { range_->advance(); }
    /// Whether there is nothing more.
    bool operator==(std::default_sentinel_t) const { return range_ == nullptr || range_->current_ == nullptr; }

   private:
    friend class EntryRange;
    explicit Iterator(EntryRange* range) : range_(range) {}
    EntryRange* range_ = nullptr;
  };

  /// Made by the calls that list; `source` is not null.
  explicit EntryRange(std::unique_ptr<detail::EntrySource<Entry>> source) : source_(std::move(source)) {}

  /// Makes the first request.
  Iterator begin() {
    if (current_ == nullptr) advance();
    return Iterator(this);
  }
  /// What an iterator is compared with.
  std::default_sentinel_t end() const noexcept { return {}; }

 private:
  void advance() { current_ = source_->next(); }

  std::unique_ptr<detail::EntrySource<Entry>> source_;
  // Not an optional of its own: GCC 12 takes one in a caller's frame for uninitialized.
  const Result<Entry>* current_ = nullptr;
};

/// What `Bucket::list` returns.
using Listing = EntryRange<ListEntry>;
/// What `Bucket::list_versions` returns.
using VersionListing = EntryRange<VersionEntry>;
/// What `Bucket::list_uploads` returns.
using UploadListing = EntryRange<UploadEntry>;

/// One bucket, or the part of it below a prefix. Copies are cheap and share one connection
/// pool. Thread-safe. Keys are UTF-8, never normalised; a key that the backend cannot hold is
/// `invalid_argument` before any I/O. Every error names the operation and the object.
///
/// Besides what each call lists, every one may return `unauthenticated`, `permission_denied`,
/// `throttled`, `unavailable`, `timeout`, `cancelled`; `unsupported` for an option that the
/// backend does not know, such as a condition that it cannot honour; and `io` on local backends.
class CLOUDKIT_API Bucket {
 public:
  /// For third-party backends. `prefix`, when not empty, is joined to keys by `/`.
  explicit Bucket(std::shared_ptr<BucketDriver> driver, std::string prefix = {});

  /// For messages: "s3://reports/2026". Lacks what a URL's query said, so it is not for opening again.
  std::string url() const;
  /// The same of one of its keys: "s3://reports/2026/a.pdf".
  std::string url(std::string_view key) const;
  /// What the backend can do with it. Makes no request. `max_key_size` is what the prefix leaves of it.
  Capabilities capabilities() const;
  /// The same bucket, below `prefix` (and below this one's, if any). An object "prefix/", such as consoles make for a
  /// folder, has no key here: it is not listed, backed up, synced or removed. Errors: `invalid_argument`.
  Result<Bucket> below(std::string_view prefix) const;
  /// What this bucket is made of, without its prefix: for drivers that do one thing otherwise (`ForwardingBucket`).
  std::shared_ptr<BucketDriver> driver() const { return driver_; }
  /// Whether an object of the one may be an object of the other: they are the same, or one lies below the other.
  bool overlaps(const Bucket& other) const;

  /// Stores an object, whole or not at all. Errors: `not_found` (bucket), `precondition_failed`,
  /// `invalid_argument` (key, metadata), `unsupported` above `Capabilities::max_put_size`,
  /// `conflict` (a directory is in the way), `data_loss`, `io` (reading the source).
  Result<ObjectInfo> put(std::string_view key, Bytes data, const PutOptions& options = {}) const;
  /// @overload
  Result<ObjectInfo> put(std::string_view key, const File& file, const PutOptions& options = {}) const;
  /// @overload
  Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options = {}) const;

  /// Reads an object into memory. A connection that breaks midway is resumed where it broke,
  /// pinned to the same content. Errors: `not_found`, `not_modified`, `precondition_failed`
  /// (also when the object changed midway), `invalid_argument` (range past the end; larger
  /// than `max_size`), `data_loss`.
  Result<Object> get(std::string_view key, const GetOptions& options = {}) const;
  /// Nothing when the object still has `token`. Errors: as `get`.
  Result<std::optional<Object>> get_if_changed(std::string_view key, std::string_view token,
                                               const GetOptions& options = {}) const;
  /// Fills `out` from `offset` on and returns how much there was: less than `out.size()` only
  /// at the object's end, 0 past it. Errors: as `get`.
  Result<std::size_t> read_at(std::string_view key, std::uint64_t offset, std::span<char> out,
                              const GetOptions& options = {}) const;
  /// Writes an object to a file, which appears whole (by rename) or not at all, or to a sink,
  /// in order. Errors: as `get`, and `io`.
  Result<ObjectInfo> download(std::string_view key, const File& file, const GetOptions& options = {}) const;
  /// @overload
  Result<ObjectInfo> download(std::string_view key, Sink& sink, const GetOptions& options = {}) const;

  /// Writes an object whose length need not be known, piece by piece; `put` and `download` are for what is there
  /// as a whole. Makes no request. Errors: as `put`, here or from the writer.
  Result<ObjectWriter> open_writer(std::string_view key, const PutOptions& options = {}) const;
  /// Reads an object as a file is read. Makes the first request. Errors: as `get`.
  Result<ObjectReader> open_reader(std::string_view key, const GetOptions& options = {}) const;

  /// Errors: `not_found`.
  Result<ObjectInfo> head(std::string_view key, const HeadOptions& options = {}) const;
  /// False when it or its bucket is missing: HEAD does not tell them apart. Errors: as `head`.
  Result<bool> exists(std::string_view key, const HeadOptions& options = {}) const;
  /// Succeeds for a missing object. Errors: `precondition_failed`.
  Status remove(std::string_view key, const RemoveOptions& options = {}) const;
  /// Removes any number of keys, in requests of as many as the backend takes at once. One that fails does
  /// not stop the others; what stops all of them, cancellation too, says which keys were not tried.
  RemoveReport remove_many(std::span<const std::string> keys, const RemoveManyOptions& options = {}) const;
  /// Removes everything whose key begins with `prefix`, which are bytes and not a path, as it is listed:
  /// `not_tried` then names the keys that were.
  RemoveReport remove_all(std::string_view prefix, const RemoveManyOptions& options = {}) const;
  /// Within this bucket, at the service, in as many requests as its size takes. Errors: `not_found`
  /// (source), `precondition_failed`; `conflict`, retryable, when the source changed meanwhile; `unsupported` for
  /// what the service copies in no way.
  Result<ObjectInfo> copy(std::string_view from, std::string_view to, const CopyOptions& options = {}) const;
  /// From another bucket. Within a store as `copy`; where the service refuses that to this bucket's credentials, and
  /// from another store, the bytes come through this machine, with headers and metadata but without tags. The copy
  /// appears whole or not at all, and its errors say which side failed. Errors: as `get` of the source, but `conflict`,
  /// retryable, when it changed meanwhile; as `put` here.
  Result<ObjectInfo> copy_from(const Bucket& source, std::string_view from, std::string_view to,
                               const CopyOptions& options = {}) const;

  /// Replaces content headers, metadata or both, and leaves bytes, tags and storage class. The token
  /// may stay, or not. What one request cannot copy is copied onto itself in parts; its tags are set
  /// again then. Errors: `not_found`, `precondition_failed`, `conflict` (the object was replaced
  /// meanwhile), `unsupported`.
  Result<ObjectInfo> set_metadata(std::string_view key, const SetMetadataOptions& options) const;
  /// Errors: `not_found`.
  Result<Tags> get_tags(std::string_view key, const TagOptions& options = {}) const;
  /// Replaces all tags; `{}` removes them. Errors: `not_found`; `invalid_argument` for more than 10, a
  /// name of more than 128 or a value of more than 256 characters.
  /// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
  Status set_tags(std::string_view key, const Tags& tags, const TagOptions& options = {}) const;

  /// In UTF-8 byte order; does no I/O before the first step. An error comes as the last entry:
  /// `not_found` (bucket), `invalid_argument` (prefix, delimiter), `cancelled`, `timeout`.
  Listing list(const ListOptions& options = {}) const;
  /// All entries of `list` in memory, or its error.
  Result<std::vector<ListEntry>> list_all(const ListOptions& options = {}) const;

  /// By key, the newest version of each first. Errors come as the last entry.
  VersionListing list_versions(const ListVersionsOptions& options = {}) const;
  /// Removes one version for good, or takes a removal back where it is a delete marker's. Succeeds for a
  /// version that is not there.
  Status remove_version(std::string_view key, std::string_view version_id, const VersionOptions& options = {}) const;
  /// Brings a removed object back: removes the delete markers before its newest bytes, and returns their
  /// version. Does nothing to an object that is there. Errors: `not_found` when no version has bytes.
  Result<VersionEntry> undelete(std::string_view key, const VersionOptions& options = {}) const;

  /// Uploads in parts that nobody has ended: those under way, and those that a killed program or one with
  /// `TransferOptions::resume` has left. By key. Errors come as the last entry.
  UploadListing list_uploads(const ListUploadsOptions& options = {}) const;
  /// Takes an upload's parts back; a transfer that still sends some fails. Succeeds for an upload that is gone.
  Status abort_upload(std::string_view key, const UploadId& upload, const AbortUploadOptions& options = {}) const;

  /// A URL that lets its holder make one kind of request until it expires. Errors:
  /// `unsupported`, `unauthenticated`, `invalid_argument` (1 s to 7 days).
  /// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
  Result<std::string> presign(std::string_view key, const PresignOptions& options = {}) const;

  /// Tries which of some thirty behaviours the store has, those too that `capabilities` does not promise: for a person
  /// who wants to know a server, once. Takes some 200 requests. Writes below "cloudkit-probe-…/" in this bucket, and
  /// removes all of it again; touches nothing else. Errors: what keeps it from writing at all; `cancelled`, `timeout`.
  Result<ProbeReport> probe(const ProbeOptions& options = {}) const;

 private:
  std::shared_ptr<BucketDriver> driver_;
  std::string prefix_;  // With its trailing '/', or empty.
};

/// An account or an endpoint, where buckets live. Copies are cheap. Thread-safe. Calls may
/// return the same errors as any call of `Bucket`.
class CLOUDKIT_API ObjectStore {
 public:
  /// For drivers of your own. Does no I/O; `driver` must not be null.
  explicit ObjectStore(std::shared_ptr<ObjectStoreDriver> driver);
  /// For messages: "s3://", "file:///data".
  std::string url() const;
  /// What `url` leaves open, so that accounts and endpoints can be told apart: "123456789012", of an endpoint that
  /// somebody named "http://127.0.0.1:5000". Empty: `url` says it all. Asks the service once at most.
  Result<std::string> account(const BucketOptions& options = {}) const;
  /// Does no I/O. Errors: `invalid_argument` for a name that the backend cannot hold.
  Result<Bucket> bucket(std::string_view name) const;
  /// Errors: `already_exists`, also when it is the caller's own; `permission_denied`.
  Result<Bucket> create_bucket(std::string_view name, const CreateBucketOptions& options = {}) const;
  /// Errors: `not_found`, `conflict` when it is not empty.
  Status delete_bucket(std::string_view name, const BucketOptions& options = {}) const;
  /// Errors: `permission_denied`, which does not tell whether it exists.
  Result<bool> bucket_exists(std::string_view name, const BucketOptions& options = {}) const;
  /// Those of the account, by name. Errors: `permission_denied`.
  Result<std::vector<BucketEntry>> list_buckets(const BucketOptions& options = {}) const;

 private:
  std::shared_ptr<ObjectStoreDriver> driver_;
};

}  // namespace cloudkit::inline v0

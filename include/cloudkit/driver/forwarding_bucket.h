#pragma once

#include <cloudkit/driver/object_store.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace cloudkit::inline v0 {

/// Passes every call on to another driver. Derive from it what does one thing otherwise: encrypts, caches, counts.
/// Copies to and from other buckets go through `get` and `put`, so that what changes bytes there changes those, too.
/// Within this one the store copies what it holds: override `copy` and `copy_part` where its bytes depend on the key.
class ForwardingBucket : public BucketDriver {
 public:
  /// `inner` is not null.
  explicit ForwardingBucket(std::shared_ptr<BucketDriver> inner) : inner_(std::move(inner)) {}

  Capabilities capabilities() const override { return inner_->capabilities(); }
  std::string url() const override { return inner_->url(); }
  std::string name() const override { return inner_->name(); }
  std::string store_id() const override { return inner_->store_id(); }
  /// No other's. What leaves all bytes as they are may answer `inner_->copy_id()`, and the store copies between
  /// buckets.
  std::string copy_id() const override {
    return store_id() + ' ' + std::to_string(reinterpret_cast<std::uintptr_t>(this));
  }

  Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override {
    return inner_->put(key, source, options);
  }
  Result<ObjectInfo> get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) override {
    return inner_->get(key, options, receiver);
  }
  Result<ObjectInfo> head(std::string_view key, const HeadOptions& options) override {
    return inner_->head(key, options);
  }
  Status remove(std::string_view key, const RemoveOptions& options) override { return inner_->remove(key, options); }
  Result<CopyStep> copy(const CopyRequest& request) override { return inner_->copy(request); }
  Result<ListPage> list_page(const ListPageRequest& request) override { return inner_->list_page(request); }
  Result<std::vector<RemoveFailure>> remove_many(std::span<const std::string> keys,
                                                 const RemoveManyOptions& options) override {
    return inner_->remove_many(keys, options);
  }
  Result<VersionPage> list_versions_page(const ListVersionsRequest& request) override {
    return inner_->list_versions_page(request);
  }
  Status remove_version(std::string_view key, std::string_view version_id, const VersionOptions& options) override {
    return inner_->remove_version(key, version_id, options);
  }
  Result<ObjectInfo> set_metadata(std::string_view key, const SetMetadataOptions& options) override {
    return inner_->set_metadata(key, options);
  }
  Result<Tags> get_tags(std::string_view key, const TagOptions& options) override {
    return inner_->get_tags(key, options);
  }
  Status set_tags(std::string_view key, const Tags& tags, const TagOptions& options) override {
    return inner_->set_tags(key, tags, options);
  }

  Result<std::string> presign(std::string_view key, const PresignOptions& options) override {
    return inner_->presign(key, options);
  }

  UploadLimits upload_limits() const override { return inner_->upload_limits(); }
  Result<UploadId> begin_upload(std::string_view key, const PutOptions& options) override {
    return inner_->begin_upload(key, options);
  }
  Result<PutPartResult> put_part(const PutPartRequest& request, const Source& part) override {
    return inner_->put_part(request, part);
  }
  Result<UploadPart> copy_part(const PutPartRequest& request, std::string_view source_bucket,
                               std::string_view source_key, ByteRange range, std::string_view source_token) override {
    return inner_->copy_part(request, source_bucket, source_key, range, source_token);
  }
  Result<ObjectInfo> complete_upload(std::string_view key, const UploadId& upload, const std::vector<UploadPart>& parts,
                                     const PutOptions& options) override {
    return inner_->complete_upload(key, upload, parts, options);
  }
  Result<std::vector<UploadPart>> list_parts(std::string_view key, const UploadId& upload,
                                             const Context& context) override {
    return inner_->list_parts(key, upload, context);
  }
  Status abort_upload(std::string_view key, const UploadId& upload, const Context& context) override {
    return inner_->abort_upload(key, upload, context);
  }
  Result<UploadPage> list_uploads_page(std::string_view prefix, std::string_view page_token,
                                       const Context& context) override {
    return inner_->list_uploads_page(prefix, page_token, context);
  }

 protected:
  const std::shared_ptr<BucketDriver> inner_;  ///< The other driver.
};

}  // namespace cloudkit::inline v0

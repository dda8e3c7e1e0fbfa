#pragma once

#include "memory/store.h"

#include <cloudkit/driver/object_store.h>

namespace cloudkit::inline v0::memory {

class MemoryBucketDriver final : public BucketDriver {
 public:
  MemoryBucketDriver(std::shared_ptr<Store> store, std::string name)
      : store_(std::move(store)), name_(std::move(name)) {}

  Capabilities capabilities() const override;
  std::string url() const override { return "mem://" + name_; }
  std::string name() const override { return name_; }
  std::string store_id() const override;

  Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override;
  Result<ObjectInfo> get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) override;
  Result<ObjectInfo> head(std::string_view key, const HeadOptions& options) override;
  Status remove(std::string_view key, const RemoveOptions& options) override;
  Result<CopyStep> copy(const CopyRequest& request) override;
  Result<ListPage> list_page(const ListPageRequest& request) override;
  Result<VersionPage> list_versions_page(const ListVersionsRequest& request) override;
  Status remove_version(std::string_view key, std::string_view version_id, const VersionOptions& options) override;
  Result<ObjectInfo> set_metadata(std::string_view key, const SetMetadataOptions& options) override;
  Result<Tags> get_tags(std::string_view key, const TagOptions& options) override;
  Status set_tags(std::string_view key, const Tags& tags, const TagOptions& options) override;

  UploadLimits upload_limits() const override { return store_->upload_limits; }
  Result<UploadId> begin_upload(std::string_view key, const PutOptions& options) override;
  Result<PutPartResult> put_part(const PutPartRequest& request, const Source& part) override;
  Result<UploadPart> copy_part(const PutPartRequest& request, std::string_view source_bucket,
                               std::string_view source_key, ByteRange range, std::string_view source_token) override;
  Result<ObjectInfo> complete_upload(std::string_view key, const UploadId& upload, const std::vector<UploadPart>& parts,
                                     const PutOptions& options) override;
  Result<std::vector<UploadPart>> list_parts(std::string_view key, const UploadId& upload,
                                             const Context& context) override;
  Status abort_upload(std::string_view key, const UploadId& upload, const Context& context) override;
  Result<UploadPage> list_uploads_page(std::string_view prefix, std::string_view page_token,
                                       const Context& context) override;

 private:
  /// `version_id` empty: the current one.
  Result<std::shared_ptr<const StoredObject>> find(std::string_view bucket, std::string_view key,
                                                   std::string_view version_id = {}) const;
  /// `upload`: where the bytes come from. It is gone with the same step that shows the object.
  Result<ObjectInfo> publish(std::string_view key, StoredObject object, const Condition& condition,
                             const UploadKey* upload = nullptr);
  Result<UploadPart> store_part(const PutPartRequest& request, std::shared_ptr<const std::string> data);

  std::shared_ptr<Store> store_;
  std::string name_;
};

}  // namespace cloudkit::inline v0::memory

#pragma once

#include "local/bucket_dir.h"
#include "local/name_list.h"

#include <cloudkit/driver/object_store.h>

#include <functional>

namespace cloudkit::inline v0::local {

class FileWriter;

class FileBucketDriver final : public BucketDriver {
 public:
  FileBucketDriver(StoreConfig config, std::string name) : config_(std::move(config)), name_(std::move(name)) {}

  Capabilities capabilities() const override;
  std::string url() const override;
  std::string name() const override { return name_; }
  std::string store_id() const override { return "file:" + config_.directory; }

  Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override;
  Result<ObjectInfo> get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) override;
  Result<ObjectInfo> head(std::string_view key, const HeadOptions& options) override;
  Status remove(std::string_view key, const RemoveOptions& options) override;
  Result<CopyStep> copy(const CopyRequest& request) override;
  Result<ListPage> list_page(const ListPageRequest& request) override;
  Result<ObjectInfo> set_metadata(std::string_view key, const SetMetadataOptions& options) override;

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
  /// Checks the key, then opens the bucket.
  Result<BucketDir> open_for(std::string_view key) const;
  /// A part with what `fill` writes.
  Result<UploadPart> store_part(const PutPartRequest& request, std::uint64_t size,
                                const std::function<Status(FileWriter&)>& fill) const;

  StoreConfig config_;
  std::string name_;
  NameCache cache_;
};

}  // namespace cloudkit::inline v0::local

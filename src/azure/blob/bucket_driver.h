#pragma once

#include "azure/blob/client.h"

#include <cloudkit/driver/object_store.h>

#include <memory>
#include <string>

namespace cloudkit::inline v0::azure::blob {

/// One container.
class BlobBucketDriver final : public BucketDriver {
 public:
  BlobBucketDriver(std::shared_ptr<BlobClient> client, std::string name)
      : client_(std::move(client)), name_(std::move(name)) {}

  Capabilities capabilities() const override;
  std::string url() const override { return "az://" + name_; }
  std::string name() const override { return name_; }
  std::string store_id() const override { return client_->store_id(); }

  Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override;
  Result<ObjectInfo> get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) override;
  Result<ObjectInfo> head(std::string_view key, const HeadOptions& options) override;
  Status remove(std::string_view key, const RemoveOptions& options) override;
  Result<CopyStep> copy(const CopyRequest& request) override;
  Result<ListPage> list_page(const ListPageRequest& request) override;
  Result<std::string> presign(std::string_view key, const PresignOptions& options) override;
  Result<std::vector<RemoveFailure>> remove_many(std::span<const std::string> keys,
                                                 const RemoveManyOptions& options) override;
  Result<ObjectInfo> set_metadata(std::string_view key, const SetMetadataOptions& options) override;
  Result<Tags> get_tags(std::string_view key, const TagOptions& options) override;
  Status set_tags(std::string_view key, const Tags& tags, const TagOptions& options) override;

  Result<VersionPage> list_versions_page(const ListVersionsRequest& request) override;
  Status remove_version(std::string_view key, std::string_view version_id, const VersionOptions& options) override;

  UploadLimits upload_limits() const override;
  Result<UploadId> begin_upload(std::string_view key, const PutOptions& options) override;
  Result<PutPartResult> put_part(const PutPartRequest& request, const Source& part) override;
  Result<ObjectInfo> complete_upload(std::string_view key, const UploadId& upload, const std::vector<UploadPart>& parts,
                                     const PutOptions& options) override;
  Result<std::vector<UploadPart>> list_parts(std::string_view key, const UploadId& upload,
                                             const Context& context) override;
  Status abort_upload(std::string_view key, const UploadId& upload, const Context& context) override;

 private:
  Result<http::Response> send(const BlobClient::Build& build, const Context& context,
                              http::BodyReceiver* receiver = nullptr);
  Result<Digest> digest_for(const Source& source, const Context& context);
  Result<http::Response> head_reply(std::string_view key, const Condition& condition, const HeadOptions& options);
  Result<ObjectInfo> head_object(std::string_view key, const Condition& condition, const HeadOptions& options);
  Status remove_current(std::string_view key, std::string_view version_id, const Context& context);
  Result<ObjectInfo> get_from_end(std::string_view key, const GetOptions& options, ObjectReceiver& receiver);
  Result<ObjectInfo> get_nothing(std::string_view key, const GetOptions& options, ObjectReceiver& receiver);
  Result<CopyStep> begin_copy(const CopyRequest& request);
  Result<Tags> tags_of_source(const CopyRequest& request, const http::Response& head);
  Result<CopyStep> found_again(const CopyRequest& request, std::string_view source_url, Error refused);
  Result<CopyStep> look_at_copy(const CopyRequest& request);
  Error failed_copy(const CopyRequest& request, Error error, const http::Response& reply);
  Result<CopyStep> finish_copy(const CopyRequest& request, ObjectInfo info, std::string_view md5);
  Result<ObjectInfo> replace(ObjectInfo info, std::string_view md5, const std::optional<ContentHeaders>& content,
                             const std::optional<Metadata>& metadata, const Context& context);
  Result<ObjectInfo> change(const std::string& token, ObjectInfo wanted, const Context& context,
                            const BlobClient::Build& build);

  const std::shared_ptr<BlobClient> client_;
  const std::string name_;
};

}  // namespace cloudkit::inline v0::azure::blob

#pragma once

#include "aws/s3/client.h"

#include <cloudkit/driver/object_store.h>

#include <memory>
#include <string>

namespace cloudkit::inline v0::aws::s3 {

struct CopyDetails;

class S3BucketDriver final : public BucketDriver {
 public:
  S3BucketDriver(std::shared_ptr<S3Client> client, std::string name)
      : client_(std::move(client)), name_(std::move(name)) {}

  Capabilities capabilities() const override { return client_->capabilities(); }
  std::string url() const override { return "s3://" + name_; }
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
  Result<VersionPage> list_versions_page(const ListVersionsRequest& request) override;
  Status remove_version(std::string_view key, std::string_view version_id, const VersionOptions& options) override;
  Result<ObjectInfo> set_metadata(std::string_view key, const SetMetadataOptions& options) override;
  Result<Tags> get_tags(std::string_view key, const TagOptions& options) override;
  Status set_tags(std::string_view key, const Tags& tags, const TagOptions& options) override;
  std::shared_ptr<BucketDriver> unguarded() override;
  std::vector<Behaviour> probe(std::string_view key, const Context& context) override;

  UploadLimits upload_limits() const override;
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
  Result<http::Response> send(const S3Client::Build& build, const Context& context,
                              http::BodyReceiver* receiver = nullptr);
  Result<ObjectInfo> get_nothing(std::string_view key, const GetOptions& options, ObjectReceiver& receiver);
  Result<ObjectInfo> head_for_get(std::string_view key, const GetOptions& options);
  Error refused_copy(const CopyRequest& request, const Error& error) const;
  Result<Tags> tags_lost_by(const CopyDetails& details, const http::Response& head, const Context& context) const;
  Result<ObjectInfo> tagged_again(ObjectInfo info, const Tags& tags, const Context& context);
  Result<ObjectInfo> look_up_completed(ObjectInfo info, const Context& context) const;
  Result<ObjectInfo> copy_onto_itself(const CopyRequest& request, ObjectInfo info) const;

  const std::shared_ptr<S3Client> client_;
  const std::string name_;
};

}  // namespace cloudkit::inline v0::aws::s3

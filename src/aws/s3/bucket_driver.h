#pragma once

#include "aws/s3/client.h"

#include <cloudkit/driver/object_store.h>

#include <memory>
#include <string>

namespace cloudkit::inline v0::aws::s3 {

class S3BucketDriver final : public BucketDriver {
 public:
  S3BucketDriver(std::shared_ptr<S3Client> client, std::string name)
      : client_(std::move(client)), name_(std::move(name)) {}

  Capabilities capabilities() const override { return client_->capabilities(); }
  UploadLimits upload_limits() const override { return client_->quirks().uploads; }
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

 private:
  Result<http::Response> send(const S3Client::Build& build, const Context& context,
                              http::BodyReceiver* receiver = nullptr);
  Result<ObjectInfo> get_nothing(std::string_view key, const GetOptions& options, ObjectReceiver& receiver);
  Result<ObjectInfo> head_for_get(std::string_view key, const GetOptions& options);
  Error refused_copy(const CopyRequest& request, const Error& error) const;
  Result<ObjectInfo> copy_onto_itself(const CopyRequest& request, ObjectInfo info) const;

  const std::shared_ptr<S3Client> client_;
  const std::string name_;
};

}  // namespace cloudkit::inline v0::aws::s3

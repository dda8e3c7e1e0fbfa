#pragma once

#include "aws/s3/client.h"

#include <cloudkit/driver/object_store.h>

#include <memory>

namespace cloudkit::inline v0::aws::s3 {

class S3StoreDriver final : public ObjectStoreDriver {
 public:
  explicit S3StoreDriver(std::shared_ptr<S3Client> client) : client_(std::move(client)) {}

  std::string url() const override { return "s3://"; }
  /// Names of AWS's buckets are anybody's, so that they need no account's.
  Result<std::string> account(const Context& context) override;
  Result<std::shared_ptr<BucketDriver>> bucket(std::string_view name) override;
  Status create_bucket(std::string_view name, const CreateBucketOptions& options) override;
  Status delete_bucket(std::string_view name, const BucketOptions& options) override;
  Result<bool> bucket_exists(std::string_view name, const BucketOptions& options) override;
  Result<BucketPage> list_buckets_page(std::string_view page_token, const BucketOptions& options) override;
  std::vector<Finding> diagnose(std::string_view bucket, const Context& context) override {
    return client_->diagnose(bucket, context);
  }

 private:
  Status keep_versions(std::string_view name, const Context& context);

  const std::shared_ptr<S3Client> client_;
};

}  // namespace cloudkit::inline v0::aws::s3

#pragma once

#include "azure/blob/client.h"

#include <cloudkit/driver/object_store.h>

#include <memory>

namespace cloudkit::inline v0::azure::blob {

/// An account's Blob service.
class BlobStoreDriver final : public ObjectStoreDriver {
 public:
  explicit BlobStoreDriver(std::shared_ptr<BlobClient> client) : client_(std::move(client)) {}

  std::string url() const override { return "az://"; }
  Result<std::string> account(const Context&) override { return client_->store_id(); }
  Result<std::shared_ptr<BucketDriver>> bucket(std::string_view name) override;
  Status create_bucket(std::string_view name, const CreateBucketOptions& options) override;
  Status delete_bucket(std::string_view name, const BucketOptions& options) override;
  Result<bool> bucket_exists(std::string_view name, const BucketOptions& options) override;
  Result<BucketPage> list_buckets_page(std::string_view page_token, const BucketOptions& options) override;

  std::vector<Finding> diagnose(std::string_view, const Context& context) override {
    return client_->diagnose(context);
  }

 private:
  Result<bool> is_empty(std::string_view name, const Context& context);

  const std::shared_ptr<BlobClient> client_;
};

}  // namespace cloudkit::inline v0::azure::blob

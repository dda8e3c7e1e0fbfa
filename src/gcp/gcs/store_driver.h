#pragma once

#include "gcp/gcs/client.h"

#include <cloudkit/driver/object_store.h>

#include <memory>

namespace cloudkit::inline v0::gcp::gcs {

class GcsStoreDriver final : public ObjectStoreDriver {
 public:
  explicit GcsStoreDriver(std::shared_ptr<GcsClient> client) : client_(std::move(client)) {}

  std::string url() const override { return "gs://"; }
  /// Names of buckets are anybody's, so that they need no project's.
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
  const std::shared_ptr<GcsClient> client_;
};

}  // namespace cloudkit::inline v0::gcp::gcs

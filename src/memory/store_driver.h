#pragma once

#include "memory/store.h"

#include <cloudkit/driver/object_store.h>

namespace cloudkit::inline v0::memory {

class MemoryStoreDriver final : public ObjectStoreDriver {
 public:
  explicit MemoryStoreDriver(UploadLimits limits = {}) : store_(std::make_shared<Store>(limits)) {}
  std::string url() const override { return "mem://"; }
  Result<std::shared_ptr<BucketDriver>> bucket(std::string_view name) override;
  Status create_bucket(std::string_view name, const CreateBucketOptions& options) override;
  Status delete_bucket(std::string_view name, const BucketOptions& options) override;
  Result<bool> bucket_exists(std::string_view name, const BucketOptions& options) override;
  Result<BucketPage> list_buckets_page(std::string_view page_token, const BucketOptions& options) override;

 private:
  const std::shared_ptr<Store> store_;
};

}  // namespace cloudkit::inline v0::memory

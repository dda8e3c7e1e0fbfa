#pragma once

#include "local/bucket_dir.h"

#include <cloudkit/driver/object_store.h>

namespace cloudkit::inline v0::local {

/// A bucket's name as a directory's: also no `.ck-…`. "/" in the store "/" only. Errors:
/// `invalid_argument`.
Status check_bucket(const StoreConfig& config, std::string_view name);

class FileStoreDriver final : public ObjectStoreDriver {
 public:
  explicit FileStoreDriver(StoreConfig config) : config_(std::move(config)) {}

  std::string url() const override;
  Result<std::shared_ptr<BucketDriver>> bucket(std::string_view name) override;
  Status create_bucket(std::string_view name, const CreateBucketOptions& options) override;
  Status delete_bucket(std::string_view name, const BucketOptions& options) override;
  Result<bool> bucket_exists(std::string_view name, const BucketOptions& options) override;
  Result<BucketPage> list_buckets_page(std::string_view page_token, const BucketOptions& options) override;

 private:
  StoreConfig config_;
};

}  // namespace cloudkit::inline v0::local

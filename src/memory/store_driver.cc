#include "memory/store_driver.h"

#include "core/object_rules.h"
#include "memory/bucket_driver.h"

#include <mutex>

namespace cloudkit::inline v0::memory {

Result<std::shared_ptr<BucketDriver>> MemoryStoreDriver::bucket(std::string_view name) {
  if (auto status = core::check_bucket_name(name); !status) return status.error();
  return std::shared_ptr<BucketDriver>(std::make_shared<MemoryBucketDriver>(store_, std::string(name)));
}

Status MemoryStoreDriver::create_bucket(std::string_view name, const CreateBucketOptions& options) {
  if (auto status = core::check_bucket_name(name); !status) return status;
  StoredBucket made;
  made.versioned = options.versioned;
  made.created = std::chrono::system_clock::now();
  const std::unique_lock lock(store_->mutex);
  if (!store_->buckets.emplace(name, std::move(made)).second) return core::bucket_exists_already(name);
  return {};
}

Status MemoryStoreDriver::delete_bucket(std::string_view name, const BucketOptions&) {
  const std::unique_lock lock(store_->mutex);
  const auto it = store_->buckets.find(name);
  if (it == store_->buckets.end()) return core::no_such_bucket(name);
  if (!it->second.objects.empty() || !it->second.versions.empty()) return core::bucket_not_empty(name);
  store_->buckets.erase(it);
  return {};
}

Result<bool> MemoryStoreDriver::bucket_exists(std::string_view name, const BucketOptions&) {
  const std::shared_lock lock(store_->mutex);
  return find_bucket(*store_, name) != nullptr;
}

Result<BucketPage> MemoryStoreDriver::list_buckets_page(std::string_view, const BucketOptions&) {
  BucketPage page;
  const std::shared_lock lock(store_->mutex);
  for (const auto& [name, bucket] : store_->buckets) page.entries.push_back({name, bucket.created});
  return page;
}

}  // namespace cloudkit::inline v0::memory

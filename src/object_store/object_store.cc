#include <cloudkit/driver/object_store.h>
#include <cloudkit/object_store.h>

#include "core/fail.h"
#include "core/named_error.h"
#include "core/page_cursor.h"

#include <algorithm>

namespace cloudkit::inline v0 {

using core::named;

ObjectStore::ObjectStore(std::shared_ptr<ObjectStoreDriver> driver) : driver_(std::move(driver)) {}

std::string ObjectStore::url() const { return driver_->url(); }

Result<std::string> ObjectStore::account(const BucketOptions& options) const {
  if (auto status = options.context.check(); !status) return named(status.error(), "account", url());
  auto account = driver_->account(options.context);
  if (!account) return named(std::move(account).error(), "account", url());
  return account;
}

Result<Bucket> ObjectStore::bucket(std::string_view name) const {
  auto driver = driver_->bucket(name);
  if (!driver) return named(std::move(driver).error(), "bucket", std::string(name));
  return Bucket(*std::move(driver));
}

Result<Bucket> ObjectStore::create_bucket(std::string_view name, const CreateBucketOptions& options) const {
  auto handle = bucket(name);
  if (!handle) return named(std::move(handle).error(), "create_bucket", std::string(name));
  Status status = options.context.check();
  // A driver that never heard of versions would make a bucket without them.
  if (status && options.versioned && !handle->capabilities().versions) {
    status = core::unsupported("this backend keeps no versions");
  }
  if (status) status = driver_->create_bucket(name, options);
  if (!status) return named(status.error(), "create_bucket", handle->url());
  return handle;
}

Status ObjectStore::delete_bucket(std::string_view name, const BucketOptions& options) const {
  auto handle = bucket(name);
  if (!handle) return named(std::move(handle).error(), "delete_bucket", std::string(name));
  Status status = options.context.check();
  if (status) status = driver_->delete_bucket(name, options);
  if (!status) return named(status.error(), "delete_bucket", handle->url());
  return {};
}

Result<bool> ObjectStore::bucket_exists(std::string_view name, const BucketOptions& options) const {
  auto handle = bucket(name);
  if (!handle) return named(std::move(handle).error(), "bucket_exists", std::string(name));
  if (auto status = options.context.check(); !status) return named(status.error(), "bucket_exists", handle->url());
  auto exists = driver_->bucket_exists(name, options);
  if (!exists.has_value()) return named(std::move(exists).error(), "bucket_exists", handle->url());
  return exists;
}

Result<std::vector<BucketEntry>> ObjectStore::list_buckets(const BucketOptions& options) const {
  std::vector<BucketEntry> buckets;
  for (core::PageCursor cursor; !cursor.done();) {
    Status status = options.context.check();
    if (!status) return named(status.error(), "list_buckets", url());
    auto page = driver_->list_buckets_page(cursor.token(), options);
    if (!page) return named(std::move(page).error(), "list_buckets", url());
    std::move(page->entries.begin(), page->entries.end(), std::back_inserter(buckets));
    status = cursor.advance(std::move(page->next_page_token));
    if (!status) return named(status.error(), "list_buckets", url());
  }
  std::sort(buckets.begin(), buckets.end(), [](const BucketEntry& a, const BucketEntry& b) { return a.name < b.name; });
  return buckets;
}

}  // namespace cloudkit::inline v0

#include <cloudkit/driver/object_store.h>
#include <cloudkit/object_store.h>

#include "core/fail.h"
#include "core/page_cursor.h"
#include "core/perform.h"

#include <algorithm>

namespace cloudkit::inline v0 {

using core::named;
using core::perform;

namespace {

// What the calls of a bucket by its name are about: its URL, or the name that makes none.
auto address_of(const Result<Bucket>& handle, std::string_view name) {
  return [&handle, name] { return handle ? handle->url() : std::string(name); };
}

Status check_named(const Result<Bucket>& handle, const Context& context) {
  return handle ? context.check() : Status(handle.error());
}

}  // namespace

ObjectStore::ObjectStore(std::shared_ptr<ObjectStoreDriver> driver) : driver_(std::move(driver)) {}

std::string ObjectStore::url() const { return driver_->url(); }

Result<std::string> ObjectStore::account(const BucketOptions& options) const {
  const auto resource = [this] { return url(); };
  return perform("account", resource, options.context.check(), [&] { return driver_->account(options.context); });
}

Result<Bucket> ObjectStore::bucket(std::string_view name) const {
  auto driver = driver_->bucket(name);
  if (!driver) return named(std::move(driver).error(), "bucket", std::string(name));
  return Bucket(*std::move(driver));
}

Result<Bucket> ObjectStore::create_bucket(std::string_view name, const CreateBucketOptions& options) const {
  const auto handle = bucket(name);
  return perform("create_bucket", address_of(handle, name), check_named(handle, options.context),
                 [&]() -> Result<Bucket> {
                   // A driver that never heard of versions would make a bucket without them.
                   if (options.versioned && !handle->capabilities().versions) {
                     return core::unsupported("this backend keeps no versions");
                   }
                   if (auto status = driver_->create_bucket(name, options); !status) return std::move(status).error();
                   return *handle;
                 });
}

Status ObjectStore::delete_bucket(std::string_view name, const BucketOptions& options) const {
  const auto handle = bucket(name);
  return perform("delete_bucket", address_of(handle, name), check_named(handle, options.context),
                 [&] { return driver_->delete_bucket(name, options); });
}

Result<bool> ObjectStore::bucket_exists(std::string_view name, const BucketOptions& options) const {
  const auto handle = bucket(name);
  return perform("bucket_exists", address_of(handle, name), check_named(handle, options.context),
                 [&] { return driver_->bucket_exists(name, options); });
}

Result<std::vector<BucketEntry>> ObjectStore::list_buckets(const BucketOptions& options) const {
  const auto resource = [this] { return url(); };
  return perform("list_buckets", resource, {}, [&]() -> Result<std::vector<BucketEntry>> {
    std::vector<BucketEntry> buckets;
    for (core::PageCursor cursor; !cursor.done();) {
      if (auto status = options.context.check(); !status) return std::move(status).error();
      auto page = driver_->list_buckets_page(cursor.token(), options);
      if (!page) return std::move(page).error();
      std::move(page->entries.begin(), page->entries.end(), std::back_inserter(buckets));
      if (auto status = cursor.advance(std::move(page->next_page_token)); !status) return std::move(status).error();
    }
    std::sort(buckets.begin(), buckets.end(),
              [](const BucketEntry& a, const BucketEntry& b) { return a.name < b.name; });
    return buckets;
  });
}

}  // namespace cloudkit::inline v0

#pragma once

#include <cloudkit/driver/object_store.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>

/// A backend that is not part of cloudkit: key=value maps, each a bucket, in one process.
namespace shelf {

struct Item {
  cloudkit::ObjectInfo info;
  std::string data;
};

/// What all handles of a store share.
struct Shelves {
  std::mutex mutex;
  std::map<std::string, std::map<std::string, Item>> buckets;  // By name, then by key.
  unsigned long next_token = 1;
};

class ShelfBucket final : public cloudkit::BucketDriver {
 public:
  ShelfBucket(std::shared_ptr<Shelves> shelves, std::string name)
      : shelves_(std::move(shelves)), name_(std::move(name)) {}

  cloudkit::Capabilities capabilities() const override;
  std::string url() const override { return "shelf://" + name_; }
  std::string name() const override { return name_; }
  std::string store_id() const override { return "shelf"; }

  cloudkit::Result<cloudkit::ObjectInfo> put(std::string_view key, const cloudkit::Source& source,
                                             const cloudkit::PutOptions& options) override;
  cloudkit::Result<cloudkit::ObjectInfo> get(std::string_view key, const cloudkit::GetOptions& options,
                                             cloudkit::ObjectReceiver& receiver) override;
  cloudkit::Result<cloudkit::ObjectInfo> head(std::string_view key, const cloudkit::HeadOptions& options) override;
  cloudkit::Status remove(std::string_view key, const cloudkit::RemoveOptions& options) override;
  cloudkit::Result<cloudkit::CopyStep> copy(const cloudkit::CopyRequest& request) override;
  cloudkit::Result<cloudkit::ListPage> list_page(const cloudkit::ListPageRequest& request) override;

 private:
  // All want the lock.
  cloudkit::Result<Item> find(const std::string& bucket, std::string_view key) const;
  cloudkit::Result<cloudkit::ObjectInfo> publish(std::string_view key, Item item);

  std::shared_ptr<Shelves> shelves_;
  std::string name_;
};

class ShelfStore final : public cloudkit::ObjectStoreDriver {
 public:
  std::string url() const override { return "shelf://"; }
  cloudkit::Result<std::shared_ptr<cloudkit::BucketDriver>> bucket(std::string_view name) override;
  cloudkit::Status create_bucket(std::string_view name, const cloudkit::CreateBucketOptions& options) override;
  cloudkit::Status delete_bucket(std::string_view name, const cloudkit::BucketOptions& options) override;
  cloudkit::Result<bool> bucket_exists(std::string_view name, const cloudkit::BucketOptions& options) override;
  cloudkit::Result<cloudkit::BucketPage> list_buckets_page(std::string_view page_token,
                                                           const cloudkit::BucketOptions& options) override;

 private:
  std::shared_ptr<Shelves> shelves_ = std::make_shared<Shelves>();
};

/// Makes `shelf://NAME` known to `cloudkit::open_bucket`.
void register_scheme();

}  // namespace shelf

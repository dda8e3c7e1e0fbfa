#pragma once

#include "local/bucket_dir.h"
#include "local/name_list.h"

#include <cloudkit/driver/object_store.h>

namespace cloudkit::inline v0::local {

class FileBucketDriver final : public BucketDriver {
 public:
  FileBucketDriver(StoreConfig config, std::string name) : config_(std::move(config)), name_(std::move(name)) {}

  Capabilities capabilities() const override;
  std::string url() const override;
  std::string name() const override { return name_; }
  std::string store_id() const override { return "file:" + config_.directory; }

  Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override;
  Result<ObjectInfo> get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) override;
  Result<ObjectInfo> head(std::string_view key, const HeadOptions& options) override;
  Status remove(std::string_view key, const RemoveOptions& options) override;
  Result<CopyStep> copy(const CopyRequest& request) override;
  Result<ListPage> list_page(const ListPageRequest& request) override;

 private:
  /// Checks the key, then opens the bucket.
  Result<BucketDir> open_for(std::string_view key) const;

  StoreConfig config_;
  std::string name_;
  NameCache cache_;
};

}  // namespace cloudkit::inline v0::local

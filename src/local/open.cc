#include "local/open.h"

#include "core/beneath.h"
#include "core/log.h"
#include "local/file_store.h"
#include "local/key_path.h"
#include "local/store_path.h"

#include <cloudkit/local.h>

namespace cloudkit::inline v0::local {

Result<ObjectStore> make_file_store(const std::string& directory, FileStoreOptions options) {
  auto path = absolute_directory(directory);
  if (!path) return std::move(path).error();
  StoreConfig config;
  config.directory = *std::move(path);
  config.sync = options.sync;
  return ObjectStore(std::make_shared<FileStoreDriver>(std::move(config)));
}

Result<std::shared_ptr<ObjectStoreDriver>> open_store(const Url& url) {
  auto path = directory_of(url);
  if (!path) return std::move(path).error();
  StoreConfig config;
  config.directory = *std::move(path);
  return std::shared_ptr<ObjectStoreDriver>(std::make_shared<FileStoreDriver>(std::move(config)));
}

Result<BucketLocation> open_bucket(const Url& url) {
  auto path = directory_of(url);
  if (!path) return std::move(path).error();
  StoreConfig config;
  config.follow_bucket = true;
  const std::string_view parent = core::parent_of(*path);
  config.directory = parent.empty() ? "/" : std::string(parent);
  BucketLocation location;
  location.bucket = *path == "/" ? std::string(kRootBucket) : std::string(core::name_of(*path));
  if (auto status = check_bucket(config, location.bucket); !status) return status.error();
  if (location.bucket == kRootBucket) {
    core::log(LogLevel::warn, "file:/// is the whole file system of this machine as a bucket");
  }
  location.store = std::make_shared<FileStoreDriver>(std::move(config));
  return location;
}

}  // namespace cloudkit::inline v0::local

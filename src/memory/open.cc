#include "memory/open.h"

#include "core/fail.h"
#include "memory/store_driver.h"

#include <cloudkit/memory.h>

namespace cloudkit::inline v0::memory {
namespace {

// Never destroyed: handles may be globals, and be used while the process ends.
const std::shared_ptr<ObjectStoreDriver>& shared_store() {
  static const auto* const store = new std::shared_ptr<ObjectStoreDriver>(std::make_shared<MemoryStoreDriver>());
  return *store;
}

}  // namespace

ObjectStore make_memory_store(const MemoryStoreOptions& options) {
  return ObjectStore(std::make_shared<MemoryStoreDriver>(options.upload_limits));
}

Result<std::shared_ptr<ObjectStoreDriver>> open_store(const Url& url) {
  if (auto status = url.allow_only({}); !status) return status.error();
  if (!url.host.empty() || !url.path.empty()) {
    return core::invalid_argument("a memory store has no name", "write mem://");
  }
  return shared_store();
}

Result<BucketLocation> open_bucket(const Url& url) {
  if (auto status = url.allow_only({}); !status) return status.error();
  if (url.host.empty())
    return core::invalid_argument("the URL names no bucket", "write mem://NAME or mem://NAME/PREFIX");
  BucketLocation location;
  location.store = shared_store();
  location.bucket = url.host;
  location.prefix = url.path;
  if (location.prefix.starts_with('/')) location.prefix.erase(0, 1);
  if (location.prefix.ends_with('/')) location.prefix.pop_back();
  return location;
}

}  // namespace cloudkit::inline v0::memory

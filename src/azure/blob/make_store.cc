#include "azure/blob/open.h"

namespace cloudkit::inline v0::azure {

Result<ObjectStore> make_blob_store(BlobOptions options) {
  return blob::make_driver(std::move(options)).map([](std::shared_ptr<ObjectStoreDriver> driver) {
    return ObjectStore(std::move(driver));
  });
}

}  // namespace cloudkit::inline v0::azure

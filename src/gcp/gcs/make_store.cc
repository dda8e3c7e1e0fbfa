#include "gcp/gcs/open.h"

namespace cloudkit::inline v0::gcp {

Result<ObjectStore> make_gcs_store(GcsOptions options) {
  return gcs::make_driver(std::move(options)).map([](std::shared_ptr<ObjectStoreDriver> driver) {
    return ObjectStore(std::move(driver));
  });
}

}  // namespace cloudkit::inline v0::gcp

#include "aws/s3/open.h"

namespace cloudkit::inline v0::aws {

Result<ObjectStore> make_s3_store(S3Options options) {
  return s3::make_driver(std::move(options)).map([](std::shared_ptr<ObjectStoreDriver> driver) {
    return ObjectStore(std::move(driver));
  });
}

}  // namespace cloudkit::inline v0::aws

#include "aws/ec2/open.h"

namespace cloudkit::inline v0::aws {

Result<Compute> make_compute(ComputeOptions options) {
  return ec2::make_driver(std::move(options)).map([](std::shared_ptr<ComputeDriver> driver) {
    return Compute(std::move(driver));
  });
}

}  // namespace cloudkit::inline v0::aws

#include "local/compute/open.h"

#include "core/fail.h"
#include "local/compute/driver.h"
#include "local/store_path.h"

#include <utility>

namespace cloudkit::inline v0::local::compute {

Result<std::shared_ptr<ComputeDriver>> open_compute(const Url& url) {
  auto directory = directory_of(url);
  if (!directory) return std::move(directory).error();
  return make_driver(*std::move(directory), {});
}

Result<std::shared_ptr<ComputeDriver>> make_driver(std::string directory, const ComputeOptions& options) {
  if (directory == "/") return core::invalid_argument("the root directory is no place for machines");
  if (options.stop_grace < std::chrono::milliseconds(0)) {
    return core::invalid_argument("stop_grace is not negative");
  }
  if (options.max_output == 0) return core::invalid_argument("max_output is at least 1");
  return std::shared_ptr<ComputeDriver>(std::make_shared<LocalComputeDriver>(std::move(directory), options));
}

}  // namespace cloudkit::inline v0::local::compute

namespace cloudkit::inline v0::local {

Result<Compute> make_compute(const std::string& directory, ComputeOptions options) {
  auto path = absolute_directory(directory);
  if (!path) return std::move(path).error();
  auto driver = compute::make_driver(*std::move(path), options);
  if (!driver) return std::move(driver).error();
  return Compute(*std::move(driver));
}

}  // namespace cloudkit::inline v0::local

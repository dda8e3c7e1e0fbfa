#include "local/functions/open.h"

#include "core/fail.h"
#include "local/functions/driver.h"
#include "local/store_path.h"

#include <utility>

namespace cloudkit::inline v0::local::functions {

Result<std::shared_ptr<FunctionRuntimeDriver>> open_runtime(const Url& url) {
  auto directory = directory_of(url);
  if (!directory) return std::move(directory).error();
  return make_driver(*std::move(directory), {});
}

Result<std::shared_ptr<FunctionRuntimeDriver>> make_driver(std::string directory, FunctionRuntimeOptions options) {
  if (directory == "/") return core::invalid_argument("the root directory is no place for a function runtime");
  if (options.max_concurrency < 1) return core::invalid_argument("max_concurrency is at least 1");
  return std::shared_ptr<FunctionRuntimeDriver>(
      std::make_shared<LocalFunctionDriver>(std::move(directory), std::move(options)));
}

}  // namespace cloudkit::inline v0::local::functions

namespace cloudkit::inline v0::local {

Result<FunctionRuntime> make_function_runtime(const std::string& directory, FunctionRuntimeOptions options) {
  auto path = absolute_directory(directory);
  if (!path) return std::move(path).error();
  auto driver = functions::make_driver(*std::move(path), std::move(options));
  if (!driver) return std::move(driver).error();
  return FunctionRuntime(*std::move(driver));
}

}  // namespace cloudkit::inline v0::local

#include "aws/lambda/open.h"

namespace cloudkit::inline v0::aws {

Result<FunctionRuntime> make_function_runtime(FunctionsOptions options) {
  return lambda::make_driver(std::move(options)).map([](std::shared_ptr<FunctionRuntimeDriver> driver) {
    return FunctionRuntime(std::move(driver));
  });
}

}  // namespace cloudkit::inline v0::aws

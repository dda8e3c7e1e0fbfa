#include <cloudkit/driver/function_runtime.h>
#include <cloudkit/function_runtime.h>

namespace cloudkit::inline v0 {

FunctionRuntime::FunctionRuntime(std::shared_ptr<FunctionRuntimeDriver> driver) : driver_(std::move(driver)) {}
std::string FunctionRuntime::url() const { return driver_->url(); }
FunctionCapabilities FunctionRuntime::capabilities() const { return driver_->capabilities(); }

}  // namespace cloudkit::inline v0

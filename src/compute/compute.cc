#include <cloudkit/compute.h>
#include <cloudkit/driver/compute.h>

#include <utility>

namespace cloudkit::inline v0 {

struct Compute::State {
  std::shared_ptr<ComputeDriver> driver;
  ComputeHooks hooks;
};

Compute::Compute(std::shared_ptr<ComputeDriver> driver, ComputeHooks hooks)
    : state_(std::make_shared<State>(State{std::move(driver), std::move(hooks)})) {}

std::string Compute::url() const { return state_->driver->url(); }
ComputeCapabilities Compute::capabilities() const { return state_->driver->capabilities(); }

}  // namespace cloudkit::inline v0

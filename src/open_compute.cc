#include <cloudkit/driver/compute.h>
#include <cloudkit/open_compute.h>

#include "core/fail.h"
#include "core/openers.h"
#include "local/compute/open.h"
#include "memory/compute/open.h"
#include "ssh/open.h"
#if CLOUDKIT_AWS
#include "aws/ec2/open.h"
#endif

// The only file that names every built-in backend of machines.
namespace cloudkit::inline v0 {
namespace {

void add_built_in(ComputeRegistry& registry) {
  registry.add("local", local::compute::open_compute);
  registry.add("mem", memory::compute::open_compute);
  registry.add("ssh", ssh::open_compute);
#if CLOUDKIT_AWS
  registry.add("aws", aws::ec2::open_compute);
#endif
}

}  // namespace

struct ComputeRegistry::Impl {
  core::Openers<Opener> openers;
};

ComputeRegistry::ComputeRegistry() : impl_(std::make_unique<Impl>()) {}
ComputeRegistry::~ComputeRegistry() = default;

ComputeRegistry& ComputeRegistry::global() {
  // Never destroyed: handles may be opened while globals end.
  static ComputeRegistry* const registry = [] {
    auto* made = new ComputeRegistry;
    add_built_in(*made);
    return made;
  }();
  return *registry;
}

void ComputeRegistry::add(std::string_view scheme, Opener open) { impl_->openers.add(scheme, std::move(open)); }

Result<std::shared_ptr<ComputeDriver>> ComputeRegistry::open(std::string_view url) const {
  auto parsed = Url::parse(url);
  if (!parsed) return core::while_opening(std::move(parsed).error(), url);
  auto opener = impl_->openers.find(parsed->scheme, " of machines");
  if (!opener) return core::while_opening(std::move(opener).error(), url);
  auto driver = (*opener)(*parsed);
  if (!driver) return core::while_opening(std::move(driver).error(), url);
  return driver;
}

std::vector<std::string> ComputeRegistry::schemes() const { return impl_->openers.schemes(); }

Result<Compute> open_compute(std::string_view url) {
  auto driver = ComputeRegistry::global().open(url);
  if (!driver) return std::move(driver).error();
  ComputeHooks hooks = memory::compute::hooks_of(*driver);
  return Compute(*std::move(driver), std::move(hooks));
}

}  // namespace cloudkit::inline v0

#include <cloudkit/driver/function_runtime.h>
#include <cloudkit/open_functions.h>

#include "core/fail.h"
#include "core/openers.h"
#include "local/functions/open.h"
#include "memory/functions/open.h"
#if CLOUDKIT_AWS
#include "aws/lambda/open.h"
#endif

// The only file that names every built-in function runtime.
namespace cloudkit::inline v0 {
namespace {

void add_built_in(FunctionRuntimeRegistry& registry) {
  registry.add("local", local::functions::open_runtime);
  registry.add("mem", memory::functions::open_runtime);
#if CLOUDKIT_AWS
  registry.add("aws", aws::lambda::open_runtime);
#endif
}

}  // namespace

struct FunctionRuntimeRegistry::Impl {
  core::Openers<Opener> openers;
};

FunctionRuntimeRegistry::FunctionRuntimeRegistry() : impl_(std::make_unique<Impl>()) {}
FunctionRuntimeRegistry::~FunctionRuntimeRegistry() = default;

FunctionRuntimeRegistry& FunctionRuntimeRegistry::global() {
  // Never destroyed: handles may be opened while globals end.
  static FunctionRuntimeRegistry* const registry = [] {
    auto* made = new FunctionRuntimeRegistry;
    add_built_in(*made);
    return made;
  }();
  return *registry;
}

void FunctionRuntimeRegistry::add(std::string_view scheme, Opener open) { impl_->openers.add(scheme, std::move(open)); }

Result<std::shared_ptr<FunctionRuntimeDriver>> FunctionRuntimeRegistry::open(std::string_view url) const {
  auto parsed = Url::parse(url);
  if (!parsed) return core::while_opening(std::move(parsed).error(), url);
  auto opener = impl_->openers.find(parsed->scheme, " of a function runtime");
  if (!opener) return core::while_opening(std::move(opener).error(), url);
  auto driver = (*opener)(*parsed);
  if (!driver) return core::while_opening(std::move(driver).error(), url);
  return driver;
}

std::vector<std::string> FunctionRuntimeRegistry::schemes() const { return impl_->openers.schemes(); }

Result<FunctionRuntime> open_function_runtime(std::string_view url) {
  auto driver = FunctionRuntimeRegistry::global().open(url);
  if (!driver) return std::move(driver).error();
  return FunctionRuntime(*std::move(driver));
}

}  // namespace cloudkit::inline v0

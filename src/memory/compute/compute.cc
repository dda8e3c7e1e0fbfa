#include "core/fail.h"
#include "memory/compute/driver.h"
#include "memory/compute/open.h"

#include <algorithm>
#include <map>
#include <mutex>

// What tests hold: the other side of the driver.
namespace cloudkit::inline v0::memory {

struct MemoryCompute::State {
  explicit State(const MemoryComputeOptions& options)
      : driver(std::make_shared<compute::MemoryComputeDriver>(options)) {}

  compute::ComputeStore& store() const { return driver->store(); }

  const std::shared_ptr<compute::MemoryComputeDriver> driver;
};

MemoryCompute::MemoryCompute(const MemoryComputeOptions& options) : state_(std::make_shared<State>(options)) {}
MemoryCompute::MemoryCompute(std::shared_ptr<State> state) : state_(std::move(state)) {}

MemoryCompute MemoryCompute::shared(std::string_view name) {
  static std::mutex mutex;
  // Never destroyed: handles may be globals, and be used while the process ends.
  static auto* const clouds = new std::map<std::string, std::shared_ptr<State>, std::less<>>;
  const std::scoped_lock lock(mutex);
  const auto found = clouds->find(name);
  if (found != clouds->end()) return MemoryCompute(found->second);
  MemoryComputeOptions options;
  options.name = name;
  return MemoryCompute(clouds->emplace(name, std::make_shared<State>(options)).first->second);
}

std::shared_ptr<ComputeDriver> MemoryCompute::driver() const { return state_->driver; }

Compute MemoryCompute::compute() const { return Compute(state_->driver, hooks()); }

ComputeHooks MemoryCompute::hooks() const { return compute::hooks_of(state_->driver); }

void MemoryCompute::set_command_handler(CommandHandler handler) const {
  const std::scoped_lock lock(state_->store().mutex);
  std::swap(state_->store().handler, handler);  // The old one may call the machines as it goes.
}

void MemoryCompute::set_faults(const ComputeFaults& faults) const {
  const std::scoped_lock lock(state_->store().mutex);
  state_->store().faults = faults;
}

std::chrono::system_clock::time_point MemoryCompute::now() const {
  const std::scoped_lock lock(state_->store().mutex);
  return state_->store().now();
}

void MemoryCompute::advance(std::chrono::milliseconds duration) const {
  const std::scoped_lock lock(state_->store().mutex);
  state_->store().passed += duration;
}

long MemoryCompute::calls() const {
  const std::scoped_lock lock(state_->store().mutex);
  return state_->store().calls;
}

std::vector<std::string> MemoryCompute::rule_changes() const {
  const std::scoped_lock lock(state_->store().mutex);
  return state_->store().rule_changes;
}

namespace compute {

ComputeHooks hooks_of(const std::shared_ptr<ComputeDriver>& driver) {
  const auto cloud = std::dynamic_pointer_cast<MemoryComputeDriver>(driver);
  ComputeHooks hooks;
  if (!cloud) return hooks;
  hooks.now = [cloud] {
    const std::scoped_lock lock(cloud->store().mutex);
    return Context::Clock::time_point(cloud->store().passed);
  };
  hooks.wait = [cloud](const Context& context, Context::Clock::duration duration) {
    ComputeStore& store = cloud->store();
    const auto begun = [&] {
      const std::scoped_lock lock(store.mutex);
      return store.passed;
    }();
    // A little, so that whoever polls lets others run.
    Status waited = context.wait_for(std::min<Context::Clock::duration>(duration, std::chrono::milliseconds(1)));
    const std::scoped_lock lock(store.mutex);
    // Who waits at the same time waits for the same time.
    if (waited) store.passed = std::max(store.passed, begun + duration);
    return waited;
  };
  hooks.jitter = [] { return 0.0; };
  hooks.probe = [cloud](const Instance& instance, const ReadyProbe&, const Context&) {
    return cloud->probe(instance.id);
  };
  return hooks;
}

Result<std::shared_ptr<ComputeDriver>> open_compute(const Url& url) {
  if (auto known = url.allow_only({}); !known) return std::move(known).error();
  if (!url.path.empty() && url.path != "/") {
    return core::invalid_argument("a memory cloud has a name only", "write mem://NAME");
  }
  return MemoryCompute::shared(url.host.empty() ? "compute" : url.host).driver();
}

}  // namespace compute
}  // namespace cloudkit::inline v0::memory

#include "core/fail.h"
#include "memory/functions/calls.h"
#include "memory/functions/driver.h"
#include "memory/functions/open.h"
#include "memory/functions/route.h"

#include <algorithm>
#include <map>
#include <mutex>

// What tests hold: the other side of the driver.
namespace cloudkit::inline v0::memory {

struct MemoryFunctions::State {
  explicit State(const MemoryFunctionsOptions& options)
      : driver(std::make_shared<functions::MemoryFunctionDriver>(options)) {}

  functions::FunctionStore& store() const { return driver->store(); }

  const std::shared_ptr<functions::MemoryFunctionDriver> driver;
  std::mutex mutex;
  Context::Clock::time_point handles_time{};  // What the handles have waited.
};

namespace {

HttpResponse refuse_http(int status, std::string_view message) {
  HttpResponse response;
  response.status = status;
  response.content_type = "application/json";
  response.body = "{\"message\":\"" + std::string(message) + "\"}";
  return response;
}

}  // namespace

MemoryFunctions::MemoryFunctions(const MemoryFunctionsOptions& options) : state_(std::make_shared<State>(options)) {}
MemoryFunctions::MemoryFunctions(std::shared_ptr<State> state) : state_(std::move(state)) {}

MemoryFunctions MemoryFunctions::shared(std::string_view name) {
  static std::mutex mutex;
  // Never destroyed: handles may be globals, and be used while the process ends.
  static auto* const runtimes = new std::map<std::string, std::shared_ptr<State>, std::less<>>;
  const std::scoped_lock lock(mutex);
  const auto found = runtimes->find(name);
  if (found != runtimes->end()) return MemoryFunctions(found->second);
  MemoryFunctionsOptions options;
  options.name = name;
  return MemoryFunctions(runtimes->emplace(name, std::make_shared<State>(options)).first->second);
}

std::shared_ptr<FunctionRuntimeDriver> MemoryFunctions::driver() const { return state_->driver; }

FunctionRuntime MemoryFunctions::runtime() const { return FunctionRuntime(state_->driver, hooks()); }

FunctionRuntimeHooks MemoryFunctions::hooks() const {
  FunctionRuntimeHooks hooks;
  hooks.now = [state = state_] {
    const std::scoped_lock lock(state->mutex);
    return state->handles_time;
  };
  hooks.wait = [state = state_](const Context& context, Context::Clock::duration duration) {
    // A little, so that whoever polls lets others run.
    Status waited = context.wait_for(std::min<Context::Clock::duration>(duration, std::chrono::milliseconds(1)));
    const std::scoped_lock lock(state->mutex);
    if (waited) state->handles_time += duration;
    return waited;
  };
  return hooks;
}

void MemoryFunctions::add_handler(std::string_view name, Handler handler, std::function<Status()> init) const {
  functions::RegisteredHandler registered;
  registered.handler = std::move(handler);
  registered.init = std::move(init);
  const std::scoped_lock lock(state_->store().mutex);
  std::swap(state_->store().handlers[std::string(name)], registered);  // The old one may call the runtime as it goes.
}

void MemoryFunctions::add_http_handler(std::string_view name, HttpHandler handler) const {
  functions::RegisteredHandler registered;
  registered.http = std::move(handler);
  const std::scoped_lock lock(state_->store().mutex);
  std::swap(state_->store().handlers[std::string(name)], registered);  // The old one may call the runtime as it goes.
}

void MemoryFunctions::set_faults(const FunctionFaults& faults) const {
  const std::scoped_lock lock(state_->store().mutex);
  state_->store().faults = faults;
}

std::chrono::system_clock::time_point MemoryFunctions::now() const {
  const std::scoped_lock lock(state_->store().mutex);
  return state_->store().now();
}

void MemoryFunctions::advance(std::chrono::milliseconds duration) const { state_->driver->events().advance(duration); }

std::vector<std::string> MemoryFunctions::resources(std::string_view function) const {
  const functions::FunctionStore& store = state_->store();
  const std::scoped_lock lock(store.mutex);
  std::vector<std::string> found;
  if (store.functions.contains(function)) found.emplace_back("function");
  if (store.identities.contains(function)) found.emplace_back("identity");
  if (store.logs.contains(function)) found.emplace_back("log");
  for (const auto& [key, stored] : store.schedules) {
    if (key.first == function) found.push_back("schedule " + key.second);
  }
  for (const auto& [id, stored] : store.endpoints) {
    if (stored.function == function) found.push_back("endpoint " + id);
  }
  return found;
}

HttpResponse MemoryFunctions::fetch(std::string_view url, HttpRequest request) const {
  std::string function;
  {
    const std::scoped_lock lock(state_->store().mutex);
    const functions::StoredEndpoint* endpoint = functions::route(state_->store(), url, request);
    if (endpoint == nullptr) return refuse_http(404, "Not Found");
    if (!endpoint->endpoint.is_public) return refuse_http(403, "Forbidden");
    function = endpoint->function;
  }
  return functions::call_http_function(state_->store(), function, std::move(request));
}

namespace functions {

Result<std::shared_ptr<FunctionRuntimeDriver>> open_runtime(const Url& url) {
  if (auto known = url.allow_only({}); !known) return std::move(known).error();
  if (!url.path.empty() && url.path != "/") {
    return core::invalid_argument("a memory runtime has a name only", "write mem://NAME");
  }
  return MemoryFunctions::shared(url.host.empty() ? "functions" : url.host).driver();
}

}  // namespace functions
}  // namespace cloudkit::inline v0::memory

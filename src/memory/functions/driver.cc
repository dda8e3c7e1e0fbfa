#include "memory/functions/driver.h"

#include "core/encode.h"
#include "core/fail.h"
#include "core/function_rules.h"
#include "core/random.h"
#include "memory/functions/calls.h"

#include <fmt/format.h>

#include <exception>

// Functions themselves: made, changed, looked at, called, removed.
namespace cloudkit::inline v0::memory::functions {
namespace {

Error passing(ErrorCode code, std::string message) {
  Error error = core::fail(code, std::move(message));
  error.retryable = true;
  return error;
}

FunctionSpec without_code(FunctionSpec spec) {
  spec.code = {};
  return spec;
}

}  // namespace

std::string function_id(const FunctionStore& store, std::string_view name) {
  return fmt::format("{}/functions/{}", store.url(), name);
}

std::string function_name(const FunctionStore& store, std::string_view name_or_id) {
  const std::string before = function_id(store, "");
  if (name_or_id.starts_with(before)) name_or_id.remove_prefix(before.size());
  return std::string(name_or_id);
}

Error no_such_function(std::string_view name) {
  return core::fail(ErrorCode::not_found, fmt::format("there is no function {}", core::printable_excerpt(name, 170)));
}

bool count_down(int& fault) {
  if (fault <= 0) return false;
  --fault;
  return true;
}

FunctionCapabilities MemoryFunctionDriver::capabilities() const {
  FunctionCapabilities able;
  able.endpoints = able.schedules = able.logs = able.versions = able.identities = true;
  able.images = able.objects = able.native = true;  // Their digest is all that counts.
  core::set_lambda_quotas(able);
  const std::scoped_lock lock(store_.mutex);
  able.read_after_write = store_.faults.late_looks == 0;
  return able;
}

Status MemoryFunctionDriver::begin(const Context& context) {
  if (auto going = context.check(); !going) return going;
  const std::scoped_lock lock(store_.mutex);
  if (count_down(store_.faults.throttled_calls)) return passing(ErrorCode::throttled, "too many calls at once");
  return {};
}

Result<StoredFunction*> MemoryFunctionDriver::find(std::string_view name) {
  const auto found = store_.functions.find(function_name(store_, name));
  if (found == store_.functions.end()) return no_such_function(name);
  return &found->second;
}

Result<StoredFunction*> MemoryFunctionDriver::find_to_change(std::string_view name) {
  auto function = find(name);
  if (!function) return function;
  if (count_down(store_.faults.update_conflicts) || (*function)->pending_looks > 0) {
    return passing(ErrorCode::conflict, "an update is in progress");
  }
  return function;
}

Status MemoryFunctionDriver::check_identity() {
  if (!count_down(store_.faults.unknown_identities)) return {};
  return passing(ErrorCode::permission_denied, "the identity cannot be assumed by the runtime");
}

Function MemoryFunctionDriver::describe(const std::string& name, const StoredFunction& function,
                                        const Snapshot& snapshot, std::string version) const {
  Function described;
  described.name = name;
  described.id = function_id(store_, name);
  described.revision = described.code_digest = snapshot.digest;
  described.version = std::move(version);
  described.spec = snapshot.spec;
  described.modified = snapshot.modified;
  if (function.pending_looks > 0) {
    described.state = function.is_new ? FunctionState::pending : FunctionState::updating;
    described.state_reason = function.is_new ? "Creating" : "InProgress";
  } else if (!function.failure.empty()) {
    described.state = FunctionState::failed;
    described.state_reason = function.failure;
  } else {
    described.state = FunctionState::active;
  }
  return described;
}

std::string MemoryFunctionDriver::start_failure(const std::string& handler) {
  std::function<Status()> init;
  {
    const std::scoped_lock lock(store_.mutex);
    if (!store_.faults.failing_changes.empty()) return store_.faults.failing_changes;
    const auto found = store_.handlers.find(handler);
    if (found == store_.handlers.end()) return fmt::format("no handler \"{}\" was added to {}", handler, store_.url());
    init = found->second.init;
  }
  if (!init) return {};
  try {
    const Status started = init();
    return started ? std::string() : "it does not start: " + started.error().message;
  } catch (const ProgramExit& exit) {
    return fmt::format("it does not start: exit status {}", exit.status);
  } catch (const std::exception& error) {
    return std::string("it does not start: ") + error.what();
  } catch (...) {
    return "it does not start: an exception that is no std::exception";
  }
}

Result<Function> MemoryFunctionDriver::begin_change(const std::string& name, std::string failure) {
  StoredFunction& function = store_.functions[name];
  function.failure = std::move(failure);
  function.latest.modified = store_.now();
  function.pending_looks = store_.faults.pending_looks;
  return describe(name, function, function.latest, "$LATEST");
}

Result<Function> MemoryFunctionDriver::create(const FunctionSpec& spec, const FunctionPackage& package,
                                              const Context& context) {
  if (auto begun = begin(context); !begun) return begun.error();
  std::string failure = start_failure(spec.handler);
  const std::scoped_lock lock(store_.mutex);
  if (store_.functions.contains(spec.name)) {
    return core::fail(ErrorCode::already_exists, fmt::format("there is a function {} already", spec.name));
  }
  if (auto known = check_identity(); !known) return known.error();
  StoredFunction& function = store_.functions[spec.name];
  function.latest.spec = without_code(spec);
  function.latest.digest = package.digest;
  function.late_looks = store_.faults.late_looks;
  function.incarnation = ++store_.last_incarnation;
  return begin_change(spec.name, std::move(failure));
}

Result<Function> MemoryFunctionDriver::update_code(const FunctionSpec& spec, const FunctionPackage& package,
                                                   const Context& context) {
  if (auto begun = begin(context); !begun) return begun.error();
  std::string failure = start_failure(spec.handler);
  const std::scoped_lock lock(store_.mutex);
  auto function = find_to_change(spec.name);
  if (!function) return std::move(function).error();
  (*function)->is_new = false;
  (*function)->latest.digest = package.digest;
  (*function)->latest.spec.architecture = spec.architecture;
  return begin_change(spec.name, std::move(failure));
}

Result<Function> MemoryFunctionDriver::update_config(const FunctionSpec& spec, const Context& context) {
  if (auto begun = begin(context); !begun) return begun.error();
  std::string failure = start_failure(spec.handler);
  const std::scoped_lock lock(store_.mutex);
  auto function = find_to_change(spec.name);
  if (!function) return std::move(function).error();
  if (auto known = check_identity(); !known) return known.error();
  (*function)->is_new = false;
  (*function)->latest.spec = without_code(spec);
  return begin_change(spec.name, std::move(failure));
}

Result<Function> MemoryFunctionDriver::get(std::string_view name, std::string_view qualifier, const Context& context) {
  if (auto begun = begin(context); !begun) return begun.error();
  const std::scoped_lock lock(store_.mutex);
  auto function = find(name);
  if (!function) return std::move(function).error();
  if (count_down((*function)->late_looks)) return no_such_function(name);
  auto version = find_version(**function, qualifier);
  if (!version) return std::move(version).error();
  Function described = describe(function_name(store_, name), **function, *version->snapshot, version->version);
  if (count_down((*function)->pending_looks) && (*function)->pending_looks == 0) (*function)->is_new = false;
  return described;
}

Result<FunctionPage> MemoryFunctionDriver::list_page(std::string_view page_token, const Context& context) {
  if (auto begun = begin(context); !begun) return begun.error();
  const std::scoped_lock lock(store_.mutex);
  FunctionPage page;
  auto next = store_.functions.upper_bound(page_token);
  for (; next != store_.functions.end() && page.functions.size() < store_.options.page_size; ++next) {
    page.functions.push_back(describe(next->first, next->second, next->second.latest, "$LATEST"));
    // As Lambda's, which does not tell it either.
    page.functions.back().state = FunctionState::unknown;
    page.functions.back().state_reason.clear();
  }
  if (next != store_.functions.end() && !page.functions.empty()) page.next_page_token = page.functions.back().name;
  return page;
}

Result<InvokeResult> MemoryFunctionDriver::invoke(std::string_view name, std::string_view payload,
                                                  const InvokeOptions& options) {
  if (auto begun = begin(options.context); !begun) return begun.error();
  std::string request_id = core::random_hex(16);
  if (options.mode == InvokeMode::sync) {
    auto result = call_function(store_, name, options.qualifier, payload, options.client_context, std::move(request_id),
                                options.context);
    if (result && !options.log_tail) result->log_tail.clear();
    return result;
  }
  if (auto callable = check_callable(store_, name, options.qualifier); !callable) return std::move(callable).error();
  InvokeResult accepted;
  accepted.request_id = request_id;
  if (options.mode == InvokeMode::async) {
    Event event;
    event.function = name;
    event.qualifier = options.qualifier;
    event.payload = payload;
    event.client_context = options.client_context;
    event.request_id = std::move(request_id);
    if (auto taken = events_.accept(std::move(event)); !taken) return std::move(taken).error();
  }
  return accepted;
}

Status MemoryFunctionDriver::remove(std::string_view name, const Context& context) {
  if (auto begun = begin(context); !begun) return begun;
  const std::scoped_lock lock(store_.mutex);
  if (auto function = find_to_change(name); !function) return std::move(function).error();
  store_.functions.erase(function_name(store_, name));
  return {};
}

}  // namespace cloudkit::inline v0::memory::functions

#pragma once

#include "support/forwarding_runtime.h"

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <thread>

/// Function runtimes with one flaw each, of the kinds that real ones have had. The suite must see them.
namespace flawed {

using namespace cloudkit;

using Invoked = Result<InvokeResult>;
using Described = Result<Function>;

// --- Deploying, getting and listing ---

/// Changes what `get` tells.
template <auto change>
struct ChangesFunctions : ForwardingRuntime {
  using ForwardingRuntime::ForwardingRuntime;
  Described get(std::string_view name, std::string_view qualifier, const Context& context) override {
    auto function = inner_->get(name, qualifier, context);
    if (function) change(*function);
    return function;
  }
};
inline constexpr auto kForgetDigest = [](Function& function) { function.code_digest.clear(); };
inline constexpr auto kForgetId = [](Function& function) { function.id = "id of " + function.name; };
inline constexpr auto kForgetTags = [](Function& function) { function.spec.tags.clear(); };
inline constexpr auto kHideFailure = [](Function& function) {
  if (function.state == FunctionState::failed) function.state = FunctionState::active;
};
inline constexpr auto kIsAlwaysDeleting = [](Function& function) { function.state = FunctionState::deleting; };

/// Sends what a spec says otherwise.
template <auto change>
struct ChangesSpecs : ForwardingRuntime {
  using ForwardingRuntime::ForwardingRuntime;
  Described create(const FunctionSpec& spec, const FunctionPackage& package, const Context& context) override {
    return inner_->create(change(spec), package, context);
  }
  Described update_config(const FunctionSpec& spec, const Context& context) override {
    return inner_->update_config(change(spec), context);
  }
};
inline constexpr auto kUsualMemory = [](FunctionSpec spec) {
  spec.memory_mib = 128;
  return spec;
};
inline constexpr auto kNoDescription = [](FunctionSpec spec) {
  spec.description.clear();
  return spec;
};

struct KeepsOldCode : ForwardingRuntime {
  using ForwardingRuntime::ForwardingRuntime;
  Described update_code(const FunctionSpec& spec, const FunctionPackage&, const Context& context) override {
    return inner_->get(spec.name, {}, context);
  }
};

/// What is uploaded gets another revision each time, as of a zip with the time in it.
struct UploadsDiffer : ForwardingRuntime {
  using ForwardingRuntime::ForwardingRuntime;
  Described create(const FunctionSpec& spec, const FunctionPackage& package, const Context& context) override {
    ++uploads_;
    return inner_->create(spec, package, context);
  }
  Described get(std::string_view name, std::string_view qualifier, const Context& context) override {
    auto function = inner_->get(name, qualifier, context);
    if (function) function->revision += std::to_string(uploads_);
    return function;
  }
  std::atomic<int> uploads_ = 0;
};

struct MergesEnvironments : ForwardingRuntime {
  using ForwardingRuntime::ForwardingRuntime;
  Described update_config(const FunctionSpec& spec, const Context& context) override {
    FunctionSpec merged = spec;
    if (auto present = inner_->get(spec.name, {}, context)) merged.environment.merge(present->spec.environment);
    return inner_->update_config(merged, context);
  }
};

struct InventsFunctions : ForwardingRuntime {
  using ForwardingRuntime::ForwardingRuntime;
  Described get(std::string_view name, std::string_view qualifier, const Context& context) override {
    auto function = inner_->get(name, qualifier, context);
    if (function || function.error().code != ErrorCode::not_found) return function;
    return Function();
  }
};

struct FailsToRemoveWhatIsMissing : ForwardingRuntime {
  using ForwardingRuntime::ForwardingRuntime;
  Status remove(std::string_view name, const Context& context) override {
    auto removed = inner_->remove(name, context);
    if (!removed) return Error(ErrorCode::unknown, removed.error().message);
    return removed;
  }
};

struct RemovesNothing : ForwardingRuntime {
  using ForwardingRuntime::ForwardingRuntime;
  Status remove(std::string_view, const Context&) override { return {}; }
};

struct ListsTheFirstPageOnly : ForwardingRuntime {
  using ForwardingRuntime::ForwardingRuntime;
  Result<FunctionPage> list_page(std::string_view page_token, const Context& context) override {
    auto page = inner_->list_page(page_token, context);
    if (page) page->next_page_token.clear();
    return page;
  }
};

struct ListsTheLastOfAPageTwice : ForwardingRuntime {
  using ForwardingRuntime::ForwardingRuntime;
  Result<FunctionPage> list_page(std::string_view page_token, const Context& context) override {
    auto page = inner_->list_page(page_token, context);
    if (page && !page->next_page_token.empty()) page->functions.push_back(page->functions.back());
    return page;
  }
};

/// A zip with the time in it.
struct CodeIsNeverTheSame : ForwardingRuntime {
  using ForwardingRuntime::ForwardingRuntime;
  Described create(const FunctionSpec& spec, const FunctionPackage& package, const Context& context) override {
    return inner_->create(spec, salted(package), context);
  }
  Described update_code(const FunctionSpec& spec, const FunctionPackage& package, const Context& context) override {
    return inner_->update_code(spec, salted(package), context);
  }
  static FunctionPackage salted(FunctionPackage package) {
    static std::atomic<int> salt = 0;
    package.digest += std::to_string(++salt);
    return package;
  }
};

// --- Calls ---

/// Changes what a call comes back with.
template <auto change>
struct ChangesResults : ForwardingRuntime {
  using ForwardingRuntime::ForwardingRuntime;
  Invoked invoke(std::string_view name, std::string_view payload, const InvokeOptions& options) override {
    auto result = inner_->invoke(name, payload, options);
    if (result) change(*result);
    return result;
  }
};
inline constexpr auto kAddASpace = [](InvokeResult& result) { result.payload += ' '; };
inline constexpr auto kAsciiOnly = [](InvokeResult& result) {
  for (char& c : result.payload) {
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';
  }
};
inline constexpr auto kCutAt64KiB = [](InvokeResult& result) { result.payload = result.payload.substr(0, 65536); };
inline constexpr auto kForgetTypes = [](InvokeResult& result) {
  if (result.error) result.error->type = "Error";
};
inline constexpr auto kForgetTheRequest = [](InvokeResult& result) { result.request_id.clear(); };
inline constexpr auto kNeverFails = [](InvokeResult& result) { result.error.reset(); };
inline constexpr auto kNoMessages = [](InvokeResult& result) {
  if (result.error) result.error->message = "it failed";
};
inline constexpr auto kAlwaysHandled = [](InvokeResult& result) {
  if (result.error) result.error->handled = true;
};
inline constexpr auto kNoTail = [](InvokeResult& result) { result.log_tail.clear(); };
inline constexpr auto kBeginningOfTail = [](InvokeResult& result) { result.log_tail = result.log_tail.substr(0, 60); };
inline constexpr auto kLongTail = [](InvokeResult& result) {
  if (!result.log_tail.empty()) result.log_tail.insert(0, 4096, 'x');
};
inline constexpr auto kDeadlineStandsStill = [](InvokeResult& result) {
  if (result.payload.starts_with('[')) result.payload = "[1000,1000]";
};

/// A function's failure as an error of the call.
struct FailuresAreErrors : ForwardingRuntime {
  using ForwardingRuntime::ForwardingRuntime;
  Invoked invoke(std::string_view name, std::string_view payload, const InvokeOptions& options) override {
    auto result = inner_->invoke(name, payload, options);
    if (result && result->error) return Error(ErrorCode::unknown, result->error->message);
    return result;
  }
};

/// What failed once fails for ever.
struct DiesOfAFailure : ForwardingRuntime {
  using ForwardingRuntime::ForwardingRuntime;
  Invoked invoke(std::string_view name, std::string_view payload, const InvokeOptions& options) override {
    if (dead_) return Error(ErrorCode::unavailable, "the function's process is gone");
    auto result = inner_->invoke(name, payload, options);
    if (result && result->error) dead_ = true;
    return result;
  }
  std::atomic<bool> dead_ = false;
};

struct AsyncWaits : ForwardingRuntime {
  using ForwardingRuntime::ForwardingRuntime;
  Invoked invoke(std::string_view name, std::string_view payload, const InvokeOptions& options) override {
    if (options.mode != InvokeMode::async) return inner_->invoke(name, payload, options);
    InvokeOptions sync = options;
    sync.mode = InvokeMode::sync;
    auto result = inner_->invoke(name, payload, sync);
    if (result) result->payload.clear();
    return result;
  }
};

/// One place for what many callers send.
struct MixesCallersUp : ForwardingRuntime {
  using ForwardingRuntime::ForwardingRuntime;
  Invoked invoke(std::string_view name, std::string_view payload, const InvokeOptions& options) override {
    {
      const std::scoped_lock lock(mutex_);
      sent_ = payload;
    }
    std::this_thread::sleep_for(std::chrono::microseconds(200));
    std::string sent;
    {
      const std::scoped_lock lock(mutex_);
      sent = sent_;
    }
    return inner_->invoke(name, sent, options);
  }
  std::mutex mutex_;
  std::string sent_;
};

struct IgnoresQualifiers : ForwardingRuntime {
  using ForwardingRuntime::ForwardingRuntime;
  Invoked invoke(std::string_view name, std::string_view payload, const InvokeOptions& options) override {
    InvokeOptions newest = options;
    newest.qualifier.clear();
    return inner_->invoke(name, payload, newest);
  }
};

// --- Waits ---

struct ConflictsAreFinal : ForwardingRuntime {
  using ForwardingRuntime::ForwardingRuntime;
  Described update_code(const FunctionSpec& spec, const FunctionPackage& package, const Context& context) override {
    auto function = inner_->update_code(spec, package, context);
    if (!function) return Error(ErrorCode::conflict, function.error().message);
    return function;
  }
};

struct IdentitiesAreNeverNew : ForwardingRuntime {
  using ForwardingRuntime::ForwardingRuntime;
  Result<FunctionIdentity> ensure_identity(std::string_view function, const Context& context) override {
    auto identity = inner_->ensure_identity(function, context);
    if (identity) identity->changed = false;
    return identity;
  }
};

struct PendingIsFailed : ForwardingRuntime {
  using ForwardingRuntime::ForwardingRuntime;
  Described get(std::string_view name, std::string_view qualifier, const Context& context) override {
    auto function = inner_->get(name, qualifier, context);
    if (function && function->state == FunctionState::pending) function->state = FunctionState::failed;
    return function;
  }
};

// --- Triggers and ends ---

/// Changes what an endpoint is made of.
template <auto change>
struct ChangesEndpoints : ForwardingRuntime {
  using ForwardingRuntime::ForwardingRuntime;
  Result<Endpoint> expose(std::string_view function, const EndpointSpec& spec) override {
    return inner_->expose(function, change(spec));
  }
};
inline constexpr auto kWithoutStage = [](EndpointSpec spec) {
  spec.stage.clear();
  return spec;
};
inline constexpr auto kPrivate = [](EndpointSpec spec) {
  spec.is_public = false;
  return spec;
};
inline constexpr auto kGetOnly = [](EndpointSpec spec) {
  spec.method = "GET";
  return spec;
};

struct ExposesAgain : ForwardingRuntime {
  using ForwardingRuntime::ForwardingRuntime;
  Result<Endpoint> expose(std::string_view function, const EndpointSpec& spec) override {
    EndpointSpec another = spec;
    another.path += ++count_ % 2 == 0 ? "/again" : "";
    return inner_->expose(function, another);
  }
  std::atomic<int> count_ = 0;
};

struct UnexposesNothing : ForwardingRuntime {
  using ForwardingRuntime::ForwardingRuntime;
  Status unexpose(std::string_view, const Endpoint&, const Context&) override { return {}; }
};

template <auto change>
struct ChangesSchedules : ForwardingRuntime {
  using ForwardingRuntime::ForwardingRuntime;
  Result<Schedule> schedule(std::string_view function, const ScheduleSpec& spec) override {
    return inner_->schedule(function, change(spec));
  }
};
inline constexpr auto kInUtc = [](ScheduleSpec spec) {
  spec.time_zone = "UTC";
  return spec;
};
inline constexpr auto kWithoutInput = [](ScheduleSpec spec) {
  spec.input = "{}";
  return spec;
};
inline constexpr auto kSundayIsOne = [](ScheduleSpec spec) {
  if (spec.cron.ends_with(" 0")) spec.cron.back() = '1';
  return spec;
};

struct UnschedulesNothing : ForwardingRuntime {
  using ForwardingRuntime::ForwardingRuntime;
  Status unschedule(std::string_view, std::string_view, const Context&) override { return {}; }
};

/// Takes both day fields for the first alone.
inline constexpr auto kDayOfMonthOnly = [](ScheduleSpec spec) {
  if (spec.cron == "0 0 1 * 1") spec.cron = "0 0 1 * *";
  return spec;
};

struct KeepsLogs : ForwardingRuntime {
  using ForwardingRuntime::ForwardingRuntime;
  Status remove_logs(std::string_view, const Context&) override { return {}; }
};

struct KeepsIdentities : ForwardingRuntime {
  using ForwardingRuntime::ForwardingRuntime;
  Status remove_identity(std::string_view, const Context&) override { return {}; }
};

struct RemovesAllThatBeginsSo : ForwardingRuntime {
  using ForwardingRuntime::ForwardingRuntime;
  Status remove(std::string_view name, const Context& context) override {
    const auto page = inner_->list_page({}, context);
    const std::string_view stem = name.substr(0, name.rfind('-') + 1);
    if (page) {
      for (const Function& function : page->functions) {
        if (function.name.starts_with(stem)) (void)inner_->remove(function.name, context);
      }
    }
    return {};
  }
};

struct Throws : ForwardingRuntime {
  using ForwardingRuntime::ForwardingRuntime;
  Described create(const FunctionSpec&, const FunctionPackage&, const Context&) override {
    throw std::runtime_error("a driver that throws");
  }
};

}  // namespace flawed

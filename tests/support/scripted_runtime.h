#pragma once

#include "support/scripted.h"

#include <cloudkit/driver/function_runtime.h>
#include <cloudkit/function_runtime.h>

#include <functional>
#include <string>
#include <vector>

namespace cloudkit::test {

/// A clock that only waiting moves on, and what was waited for, in milliseconds.
struct FakeTime : FakeClock {
  FunctionRuntimeHooks hooks() {
    FunctionRuntimeHooks hooks;
    set(hooks);
    return hooks;
  }
};

/// A driver that answers what each test tells it, and remembers what it was asked.
class ScriptedRuntime : public FunctionRuntimeDriver {
 public:
  template <class T>
  using Answers = test::Answers<T>;

  FunctionCapabilities able = all();
  std::vector<std::string> calls;
  Answers<Function> gets, creates, code_updates, config_updates;
  Answers<FunctionIdentity> identities;
  Answers<InvokeResult> invocations;
  Answers<FunctionPage> pages;
  Answers<LogPage> log_pages;
  Answers<std::vector<Endpoint>> endpoint_lists;
  Answers<std::vector<Schedule>> schedule_lists;
  Answers<Schedule> schedules;
  /// Of the calls that answer with success or an error, by what `calls` says of them.
  std::function<Status(const std::string&)> on_call = [](const std::string&) { return Status(); };
  FunctionSpec sent;
  std::string payload;

  static FunctionCapabilities all() {
    FunctionCapabilities able;
    able.endpoints = able.schedules = able.logs = able.versions = able.identities = able.images = able.objects = true;
    able.native = true;
    able.max_sync_payload = 100;
    able.max_async_payload = 50;
    able.max_environment = 40;
    able.max_timeout = std::chrono::seconds(900);
    able.max_memory_mib = 10240;
    able.supported_runtimes_hint = "native, python3.12";
    return able;
  }

  FunctionCapabilities capabilities() const override { return able; }
  std::string url() const override { return "fake://here"; }

  Result<Function> create(const FunctionSpec& spec, const FunctionPackage&, const Context&) override {
    note("create " + spec.name);
    sent = spec;
    return creates.next();
  }
  Result<Function> update_code(const FunctionSpec& spec, const FunctionPackage&, const Context&) override {
    note("update_code " + spec.name);
    return code_updates.next();
  }
  Result<Function> update_config(const FunctionSpec& spec, const Context&) override {
    note("update_config " + spec.name);
    sent = spec;
    return config_updates.next();
  }
  Result<Function> get(std::string_view name, std::string_view qualifier, const Context&) override {
    note("get " + std::string(name) + (qualifier.empty() ? "" : ":") + std::string(qualifier));
    return gets.next();
  }
  Result<FunctionPage> list_page(std::string_view token, const Context&) override {
    note("list_page " + std::string(token));
    return pages.next();
  }
  Result<InvokeResult> invoke(std::string_view name, std::string_view sent_payload, const InvokeOptions&) override {
    note("invoke " + std::string(name));
    payload = sent_payload;
    return invocations.next();
  }
  Status remove(std::string_view name, const Context&) override { return called("remove " + std::string(name)); }

  Result<FunctionIdentity> ensure_identity(std::string_view function, const Context&) override {
    note("ensure_identity " + std::string(function));
    return identities.next();
  }
  Status remove_identity(std::string_view function, const Context&) override {
    return called("remove_identity " + std::string(function));
  }
  Result<Endpoint> expose(std::string_view function, const EndpointSpec& spec) override {
    if (auto done = called("expose " + std::string(function) + ' ' + spec.path); !done) return done.error();
    return Endpoint();
  }
  Result<std::vector<Endpoint>> list_endpoints(std::string_view function, const Context&) override {
    note("list_endpoints " + std::string(function));
    return endpoint_lists.next();
  }
  Status unexpose(std::string_view, const Endpoint& endpoint, const Context&) override {
    return called("unexpose " + endpoint.id);
  }
  Result<Schedule> schedule(std::string_view function, const ScheduleSpec& spec) override {
    note("schedule " + std::string(function) + ' ' + spec.name);
    return schedules.next();
  }
  Result<std::vector<Schedule>> list_schedules(std::string_view function, const Context&) override {
    note("list_schedules " + std::string(function));
    return schedule_lists.next();
  }
  Status unschedule(std::string_view, std::string_view schedule, const Context&) override {
    return called("unschedule " + std::string(schedule));
  }
  Result<LogPage> logs_page(const LogPageRequest& request) override {
    note("logs_page " + request.page_token);
    return log_pages.next();
  }
  Status remove_logs(std::string_view function, const Context&) override {
    return called("remove_logs " + std::string(function));
  }
  Result<std::string> publish(std::string_view function, const Context&) override {
    if (auto done = called("publish " + std::string(function)); !done) return done.error();
    return std::string("7");
  }
  Status set_alias(std::string_view function, std::string_view alias, std::string_view version,
                   const Context&) override {
    return called("set_alias " + std::string(function) + ' ' + std::string(alias) + ' ' + std::string(version));
  }

 private:
  void note(std::string call) { calls.push_back(std::move(call)); }
  Status called(std::string call) {
    note(std::move(call));
    return on_call(calls.back());
  }
};

inline Error busy() {
  Error error(ErrorCode::conflict, "an update is in progress");
  error.retryable = true;
  return error;
}

inline Error unknown_identity() {
  Error error(ErrorCode::permission_denied, "the role cannot be assumed");
  error.retryable = true;
  return error;
}

inline Error no_function() { return {ErrorCode::not_found, "there is no such function"}; }

}  // namespace cloudkit::test

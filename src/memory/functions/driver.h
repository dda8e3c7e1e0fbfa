#pragma once

#include "memory/functions/events.h"
#include "memory/functions/store.h"

namespace cloudkit::inline v0::memory::functions {

class MemoryFunctionDriver final : public FunctionRuntimeDriver {
 public:
  explicit MemoryFunctionDriver(const MemoryFunctionsOptions& options) : store_(options), events_(store_) {}

  FunctionStore& store() { return store_; }
  Events& events() { return events_; }

  FunctionCapabilities capabilities() const override;
  std::string url() const override { return store_.url(); }
  Result<Function> create(const FunctionSpec& spec, const FunctionPackage& package, const Context& context) override;
  Result<Function> update_code(const FunctionSpec& spec, const FunctionPackage& package,
                               const Context& context) override;
  Result<Function> update_config(const FunctionSpec& spec, const Context& context) override;
  Result<Function> get(std::string_view name, std::string_view qualifier, const Context& context) override;
  Result<FunctionPage> list_page(std::string_view page_token, const Context& context) override;
  Result<InvokeResult> invoke(std::string_view name, std::string_view payload, const InvokeOptions& options) override;
  Status remove(std::string_view name, const Context& context) override;

  Result<FunctionIdentity> ensure_identity(std::string_view function, const Context& context) override;
  Status remove_identity(std::string_view function, const Context& context) override;

  Result<Endpoint> expose(std::string_view function, const EndpointSpec& spec) override;
  Result<std::vector<Endpoint>> list_endpoints(std::string_view function, const Context& context) override;
  Status unexpose(std::string_view function, const Endpoint& endpoint, const Context& context) override;

  Result<Schedule> schedule(std::string_view function, const ScheduleSpec& spec) override;
  Result<std::vector<Schedule>> list_schedules(std::string_view function, const Context& context) override;
  Status unschedule(std::string_view function, std::string_view schedule, const Context& context) override;

  Result<LogPage> logs_page(const LogPageRequest& request) override;
  Status remove_logs(std::string_view function, const Context& context) override;

  Result<std::string> publish(std::string_view function, const Context& context) override;
  Status set_alias(std::string_view function, std::string_view alias, std::string_view version,
                   const Context& context) override;

 private:
  /// How every call begins. Errors: those of the context; `throttled`.
  Status begin(const Context& context);
  Result<StoredFunction*> find(std::string_view name);
  /// For a change of what exists. Errors: `not_found`; `conflict` that is `retryable`.
  Result<StoredFunction*> find_to_change(std::string_view name);
  Status check_identity();
  Function describe(const std::string& name, const StoredFunction& function, const Snapshot& snapshot,
                    std::string version) const;
  Result<Function> begin_change(const std::string& name, std::string failure);
  /// What the handler's start says. Without the lock.
  std::string start_failure(const std::string& handler);

  FunctionStore store_;
  Events events_;
};

}  // namespace cloudkit::inline v0::memory::functions

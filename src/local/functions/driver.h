#pragma once

#include "local/functions/async_queue.h"
#include "local/functions/endpoint_server.h"
#include "local/functions/scheduler.h"

#include <cloudkit/driver/function_runtime.h>
#include <cloudkit/local_functions.h>

#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace cloudkit::inline v0::local::functions {

/// Functions as child processes. See `local::make_function_runtime`.
class LocalFunctionDriver final : public FunctionRuntimeDriver {
 public:
  /// `directory` is absolute. Does no I/O.
  LocalFunctionDriver(std::string directory, FunctionRuntimeOptions options);
  ~LocalFunctionDriver() override;

  FunctionCapabilities capabilities() const override;
  std::string url() const override;

  Result<Function> create(const FunctionSpec& spec, const FunctionPackage& package, const Context& context) override;
  Result<Function> update_code(const FunctionSpec& spec, const FunctionPackage& package,
                               const Context& context) override;
  Result<Function> update_config(const FunctionSpec& spec, const Context& context) override;
  Result<Function> get(std::string_view name, std::string_view qualifier, const Context& context) override;
  Result<FunctionPage> list_page(std::string_view page_token, const Context& context) override;
  Result<InvokeResult> invoke(std::string_view name, std::string_view payload, const InvokeOptions& options) override;
  Status remove(std::string_view name, const Context& context) override;

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
  /// Before the first I/O: makes the directories, and starts what runs beside the calls. Errors: `io`, those of the
  /// context.
  Status begin(const Context& context);
  void keep_house();
  Status store_changed(FunctionRecord& record);
  Result<FunctionRecord> change(std::string_view name, const Context& context,
                                const std::function<Status(FunctionRecord&)>& apply);

  const FunctionRuntimeOptions options_;
  const DirectoryStore store_;
  const Context ending_ = Context::cancellable();
  Invoker invoker_;
  AsyncQueue queue_;
  EndpointServer endpoints_;
  Scheduler scheduler_;  // Of the thread below.
  std::mutex mutex_;
  bool begun_ = false;
  std::thread housekeeper_;
};

}  // namespace cloudkit::inline v0::local::functions

#pragma once

#include <cloudkit/context.h>
#include <cloudkit/function_types.h>
#include <cloudkit/result.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0 {

class FunctionRuntimeDriver;

/// Injected, so that tests need no time.
struct FunctionRuntimeHooks {
  std::function<Context::Clock::time_point()> now = {};                                ///< Default: the clock's.
  std::function<Status(const Context&, Context::Clock::duration duration)> wait = {};  ///< Default: Context::wait_for.
};

/// For `FunctionRuntime::deploy`.
struct DeployOptions {
  /// How long a new function, or a change, may take to become active.
  std::chrono::seconds wait_limit{300};
  Context context = {};
};

/// For `FunctionRuntime::get`.
struct GetFunctionOptions {
  std::string qualifier = {};  ///< A version or an alias.
  Context context = {};
};

/// For the calls of `FunctionRuntime` that have nothing else to be told.
struct FunctionOptions {
  Context context = {};
};

/// For `FunctionRuntime::wait_until`.
struct WaitFunctionOptions {
  std::chrono::seconds wait_limit{300};  ///< Then `timeout`.
  Context context = {};
};

/// For `FunctionRuntime::remove`.
struct RemoveFunctionOptions {
  /// Also its schedules, endpoints and logs, and the identity that `deploy` made.
  bool cascade = false;
  Context context = {};
  bool keep_logs = false;  ///< With `cascade`: but for the logs.
};

/// For `FunctionRuntime::logs`.
struct LogsOptions {
  std::chrono::system_clock::time_point since = {};  ///< The epoch: from the first.
  bool follow = false;  ///< Goes on until the context ends, which is success then, or the sink says so.
  Context context = {};
};

/// Functions of one account in one region, or of one machine. Copies are cheap and share what is behind them.
/// Thread-safe. Every error names the operation and the function.
///
/// Besides what each call lists, every one may return `unauthenticated`, `permission_denied`, `throttled`,
/// `unavailable`, `timeout`, `cancelled`, and `unsupported` for what the runtime cannot do.
class CLOUDKIT_API FunctionRuntime {
 public:
  /// For third-party backends.
  explicit FunctionRuntime(std::shared_ptr<FunctionRuntimeDriver> driver, FunctionRuntimeHooks hooks = {});

  std::string url() const;  ///< For messages: "aws://us-west-2".
  /// What `url` leaves open, so that accounts and endpoints can be told apart: "123456789012", of an endpoint that
  /// somebody named "http://127.0.0.1:5000". Empty: `url` says it all. Asks the service once at most.
  Result<std::string> account(const FunctionOptions& options = {}) const;
  FunctionCapabilities capabilities() const;  ///< What the runtime can do, and its limits. Makes no request.

  /// Makes the function what `spec` says, and waits until it answers so: identity, code, configuration. Equal code
  /// and an equal configuration change nothing. Errors: `invalid_argument` before any I/O, with the rule; `io` for
  /// code that cannot be read; `conflict` when another deployer's updates do not end; `timeout` with the last state.
  Result<Function> deploy(const FunctionSpec& spec, const DeployOptions& options = {}) const;
  /// By name or the service's id. Errors: `not_found`.
  Result<Function> get(std::string_view name, const GetFunctionOptions& options = {}) const;
  /// All of them, in the runtime's order; `state` is `unknown` where listing does not tell.
  Result<std::vector<Function>> list(const FunctionOptions& options = {}) const;
  /// Looks again and again, at most two seconds apart. A function that is `inactive` counts as `active`, too: it wakes
  /// when it is called. Errors: `timeout`, naming the last state; `conflict` when it failed instead; `not_found`.
  Result<Function> wait_until(std::string_view name, FunctionState state,
                              const WaitFunctionOptions& options = {}) const;

  /// Runs the function. `payload` is JSON; empty is `{}`. That the function failed is a value: `InvokeResult::error`.
  /// Errors: `not_found`; `invalid_argument`: not JSON, or larger than the runtime takes. A call that the function may
  /// have seen is not repeated: `Error::may_have_happened`.
  Result<InvokeResult> invoke(std::string_view name, std::string_view payload = {},
                              const InvokeOptions& options = {}) const;

  /// Success also when there is none. Errors, here and of all that follows: `invalid_argument` for a `name` with a
  /// version or an alias, "hello:3", which `get`, `wait_until` and `invoke` take: these are of a whole function.
  Status remove(std::string_view name, const RemoveFunctionOptions& options = {}) const;

  /// Puts an HTTP trigger in front of the function, or finds the one that is there. It may take seconds until the
  /// URL answers everywhere. Errors: `invalid_argument`, `not_found` (function).
  Result<Endpoint> expose(std::string_view name, const EndpointSpec& spec) const;
  /// The triggers in front of the function.
  Result<std::vector<Endpoint>> endpoints(std::string_view name, const FunctionOptions& options = {}) const;
  /// Success also when it is gone.
  Status unexpose(std::string_view name, const Endpoint& endpoint, const FunctionOptions& options = {}) const;

  /// Invokes the function whenever the cron line says so. The same name again changes the schedule. Errors:
  /// `invalid_argument` before any I/O for a line or zone that is none; `unsupported` for one that the service
  /// cannot say; `not_found` (function).
  Result<Schedule> schedule(std::string_view name, const ScheduleSpec& spec) const;
  /// What invokes it by the clock.
  Result<std::vector<Schedule>> schedules(std::string_view name, const FunctionOptions& options = {}) const;
  /// Success also when it is gone.
  Status unschedule(std::string_view name, std::string_view schedule, const FunctionOptions& options = {}) const;

  /// What the function logged, oldest first, to `sink`, which ends it by an error: that is what is returned.
  Status logs(std::string_view name, const std::function<Status(const LogEvent&)>& sink,
              const LogsOptions& options = {}) const;

  /// Freezes code and configuration as a version that `qualifier` can name. Errors: `not_found`.
  Result<std::string> publish(std::string_view name, const FunctionOptions& options = {}) const;
  /// A name for a version, made or moved. Errors: `not_found`, `invalid_argument`.
  Status set_alias(std::string_view name, std::string_view alias, std::string_view version,
                   const FunctionOptions& options = {}) const;

 private:
  std::shared_ptr<FunctionRuntimeDriver> driver_;
  std::shared_ptr<const FunctionRuntimeHooks> hooks_;
};

/// `aws://REGION`, `local:///DIR`, `mem://NAME`. Does no I/O. Errors: `invalid_argument`, with the known schemes or
/// query keys.
CLOUDKIT_API Result<FunctionRuntime> open_function_runtime(std::string_view url);

/// The first time after `after` at which a cron line of five fields fires in a time zone. A time that the clocks skip
/// fires at the moment of the jump, as on `local://` and `mem://`; EventBridge Scheduler leaves it out that day. One
/// that comes twice fires once, the first time. Nothing when it never fires, as on February 30th. Errors:
/// `invalid_argument`, naming the field and the rule; `unsupported` in zones but UTC where the system has no tzdata,
/// and for times after 2037, where its tables end.
CLOUDKIT_API Result<std::optional<std::chrono::system_clock::time_point>> next_fire(
    std::string_view cron, std::string_view time_zone, std::chrono::system_clock::time_point after);

}  // namespace cloudkit::inline v0

#pragma once

#include <cloudkit/driver/function_runtime.h>
#include <cloudkit/function_runtime.h>
#include <cloudkit/serve.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// A function runtime within the program: functions are handlers, `FunctionSpec::handler` names which one runs. Code is
/// kept as its digest only. For tests of what deploys, invokes and schedules functions.
namespace cloudkit::inline v0::memory {

/// For a `MemoryFunctions`.
struct MemoryFunctionsOptions {
  std::string name = "functions";  ///< Of its URL, mem://NAME.
  /// Where its clock stands until `advance`. Empty: the system's clock, which `advance` moves on.
  std::optional<std::chrono::system_clock::time_point> start = {};
  /// How long a second of `FunctionSpec::timeout` really is: a test that waits for one need not wait that long.
  std::chrono::milliseconds timeout_second{1000};
  std::size_t page_size = 50;  ///< Of `list`: as Lambda's.
};

/// What services do to their callers now and then. Each number counts down to 0, which is never.
struct FunctionFaults {
  int late_looks = 0;                ///< So many looks at a function that was just made find nothing.
  int pending_looks = 0;             ///< So many looks see a change that has not ended: of every change from now on.
  int update_conflicts = 0;          ///< So many updates and removals meet another one.
  int unknown_identities = 0;        ///< So many calls find that the identity is not known yet.
  int throttled_calls = 0;           ///< So many calls, of any kind, are too many.
  std::string failing_changes = {};  ///< Every function that is made or updated fails, and this is why.
};

/// A handler throws it to end as a program does that exits.
struct ProgramExit {
  int status = 0;  ///< What it exits with.
};

/// For handlers, on the thread that they were called on. A line of the function's log; elsewhere nothing happens.
CLOUDKIT_API void write_log(std::string_view line);
/// The same: a variable of the function's environment.
CLOUDKIT_API std::optional<std::string> environment_variable(std::string_view name);

/// One such runtime. Copies share what is behind them; it ends with the last of them and of its handles. Thread-safe.
///
/// A handler that ignores the end of `Invocation::context` cannot be stopped: it is reported as timed out when it
/// returns. What runs asynchronously runs on a thread of its own; failures are tried twice again, a minute and three
/// minutes later by the clock of this runtime. A handler that keeps a copy of this, or a handle of it, keeps it for
/// ever. One that runs asynchronously may not end the last of them, since the end waits for it: keep one elsewhere.
class CLOUDKIT_API MemoryFunctions {
 public:
  explicit MemoryFunctions(const MemoryFunctionsOptions& options = {});  ///< One of its own.
  /// That of `open_function_runtime("mem://NAME")`, which lives as long as the program.
  static MemoryFunctions shared(std::string_view name);

  /// Its handles wait without time passing, but for a millisecond each.
  FunctionRuntime runtime() const;
  std::shared_ptr<FunctionRuntimeDriver> driver() const;  ///< For a driver of yours around it.
  /// What `runtime` gives its handles: for one around a driver of yours around this one.
  FunctionRuntimeHooks hooks() const;

  /// `init` runs when a function with this handler is made or its code is updated; an error makes it fail.
  void add_handler(std::string_view name, Handler handler, std::function<Status()> init = {}) const;
  /// Of a function that is called through its endpoints.
  void add_http_handler(std::string_view name, HttpHandler handler) const;
  void set_faults(const FunctionFaults& faults) const;  ///< From now on; replaces those that were set before.

  std::chrono::system_clock::time_point now() const;  ///< Of its clock.
  /// Runs on this thread what has become due, in its order: schedules, and asynchronous calls that failed before.
  void advance(std::chrono::milliseconds duration) const;

  /// What there is of a function, which may be gone itself: "function", "identity", "log", "schedule NAME", "endpoint
  /// ID".
  std::vector<std::string> resources(std::string_view function) const;

  /// What an HTTP client would get, 500 where the handler throws or gives no HTTP. `request` needs method, headers and
  /// body; the rest comes from the URL.
  HttpResponse fetch(std::string_view url, HttpRequest request) const;

  struct State;

 private:
  explicit MemoryFunctions(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace cloudkit::inline v0::memory

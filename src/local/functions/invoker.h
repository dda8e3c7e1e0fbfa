#pragma once

#include "local/functions/launch.h"
#include "local/functions/worker_pool.h"

#include <cloudkit/driver/function_runtime.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cloudkit::inline v0::local::functions {

struct InvokerSettings {
  LaunchSettings launch = {};
  int max_concurrency = 16;  ///< Of a function that does not say.
};

/// What one invocation is to run: resolved from a name and a qualifier.
struct Target {
  FunctionSnapshot snapshot = {};
  std::string version = {};
  std::string generation = {};  ///< Tells two configurations of one name and version apart.
  std::string start_failure = {};
  std::string key() const;
};

/// `qualifier` is empty, "$LATEST", a version or an alias. Errors: `not_found`.
Result<Target> resolve(const FunctionRecord& record, std::string_view qualifier);

struct InvokeTerms {
  WhenBusy when_busy = WhenBusy::wait;
  std::optional<Context> once_begun = {};  ///< Instead of the caller's, from when the invocation has its place.
};

/// Runs invocations, on the caller's thread, in programs that it keeps for the next. Thread-safe.
class Invoker {
 public:
  Invoker(const DirectoryStore& store, InvokerSettings settings) : store_(&store), settings_(std::move(settings)) {}

  /// `event.payload` is JSON. Errors: `not_found`; `throttled` for a function that lets nothing through, or not now;
  /// `unavailable` when no process can be had; those of the context.
  Result<InvokeResult> invoke(std::string_view name, std::string_view qualifier, RuntimeEvent event,
                              const Context& context, const InvokeTerms& terms = {});
  Interpreters& interpreters() noexcept { return interpreters_; }
  WorkerPools& pools() noexcept { return pools_; }

 private:
  Result<Target> find(std::string_view name, std::string_view qualifier) const;
  Result<Outcome> run_newest(std::string_view name, std::string_view qualifier, Target& target,
                             const RuntimeEvent& event, InvocationLog& log, const InvokeTerms& terms,
                             const Context& context);
  Result<Outcome> run(const Target& target, const RuntimeEvent& event, InvocationLog& log, const InvokeTerms& terms,
                      const Context& context);
  Result<std::unique_ptr<Instance>> start(const Target& target, InvocationLog& log, const Context& context);
  void remember_start(const Target& target, const Outcome& outcome, const Context& context);

  const DirectoryStore* store_;
  const InvokerSettings settings_;
  Interpreters interpreters_;
  Spawner spawner_;  // Outlives what it started.
  WorkerPools pools_;
};

/// As Lambda's: a random UUID.
std::string new_request_id();
/// A trace header of X-Ray's form, not sampled.
std::string new_trace_id();

}  // namespace cloudkit::inline v0::local::functions

#pragma once

#include <cloudkit/function_runtime.h>
#include <cloudkit/testing/case_result.h>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// The conformance suite that every function runtime passes, cloudkit's own and yours: docs/backends.md.
namespace cloudkit::inline v0::testing {

/// What the next calls of a runtime meet. Each number counts down.
struct ServiceDelays {
  int update_conflicts = 0;    ///< So many updates find another one in progress.
  int unknown_identities = 0;  ///< So many calls find that the identity is not known yet.
  int pending_looks = 0;       ///< So many looks see that a change has not ended, of every change from now on.
  int late_looks = 0;          ///< So many looks at a function that was just made find nothing.
};

/// What the suite needs from a runtime. Every member is called from one thread at a time.
struct FunctionRuntimeHarness {
  std::string name = {};  ///< For messages.
  /// Called once a case. The names of its functions begin with `function_prefix`; what a case makes it removes.
  std::function<Result<FunctionRuntime>()> make_runtime = {};
  std::string function_prefix = "ck-conf-";  ///< Lower-case letters, digits and `-`.
  /// Code, runtime and handler of a function that does what docs/backends.md says of the behaviour: "behaviour.echo",
  /// …. `revision` 1 or 2: the same with other code. Errors: `unsupported`, which skips the case with the message.
  std::function<Result<FunctionSpec>(const std::string& behaviour, int revision)> behaviour = {};
  /// Optional: for the cases about endpoints.
  Fetch http_fetch = {};
  /// Optional: for the cases about what services take their time for. All zero at the end of a case.
  std::function<void(const ServiceDelays&)> delay = {};
  /// The runtime's handles wait without time passing: then also for what takes minutes.
  bool virtual_time = false;
  /// Optional: moves the clock of its schedules.
  std::function<void(std::chrono::seconds)> advance_clock = {};
  /// Optional: what is left of a function that was removed, for messages.
  std::function<Result<std::vector<std::string>>(const std::string& function)> leftovers = {};
  /// How long the service may take for what it does later: to let an endpoint answer, to forget a function.
  std::chrono::milliseconds patience{60'000};
  /// Fewer functions and rounds, for slow or costly services.
  bool reduced = false;
  /// As those of `ObjectStoreHarness`.
  Deviations known_deviations = {};
  Deviations occasional_deviations = {};  ///< The same.
};

/// The names of all cases, in the order of docs/backends.md.
CLOUDKIT_API std::vector<std::string> function_runtime_cases();
/// Runs one case. Never throws. A case that the runtime's capabilities or the harness exclude is skipped.
CLOUDKIT_API CaseResult run(std::string_view case_name, const FunctionRuntimeHarness& harness);

}  // namespace cloudkit::inline v0::testing

#pragma once

#include "testing/expectations.h"

#include <cloudkit/testing/function_conformance.h>

#include <set>
#include <span>
#include <string>
#include <string_view>

/// What the cases about function runtimes are written with.
namespace cloudkit::inline v0::testing::functions {

/// A running case: its runtime, and the functions that it makes. Deploys on one thread only.
class FunctionCase : public Expectations {
 public:
  FunctionCase(const FunctionRuntimeHarness& harness, const FunctionRuntime& runtime)
      : harness_(harness), runtime_(runtime), capabilities_(runtime.capabilities()) {}

  const FunctionRuntimeHarness& harness() const { return harness_; }
  const FunctionRuntime& runtime() const { return runtime_; }
  const FunctionCapabilities& can() const { return capabilities_; }
  int scale(int usual, int reduced) const { return harness_.reduced ? reduced : usual; }

  /// The name of a function of this case, which is removed when the case ends.
  std::string function(std::string_view suffix = "f") const;
  const std::set<std::string>& functions() const { return functions_; }

  /// A spec that does `behaviour`; skips the case where the harness has none.
  FunctionSpec spec(const std::string& behaviour, int revision = 1, std::string_view suffix = "f") const;
  /// Deploys, and expects an active function.
  Function deploy(const FunctionSpec& spec) const;
  /// Both; returns the name.
  std::string deploy_behaviour(const std::string& behaviour, std::string_view suffix = "f") const;

  /// A call that the function answers.
  std::string call(const std::string& name, std::string_view payload = "{}", const InvokeOptions& options = {}) const;
  /// A call that the function fails.
  FunctionError call_failing(const std::string& name, std::string_view payload = "{}") const;
  /// All lines of its log.
  std::vector<std::string> log(const std::string& name) const;
  /// Whether `holds()`, tried again and again for as long as the harness has patience.
  bool soon(const std::function<bool()>& holds) const;

 private:
  const FunctionRuntimeHarness& harness_;
  FunctionRuntime runtime_;
  FunctionCapabilities capabilities_;
  mutable std::set<std::string> functions_;
};

struct FunctionCaseEntry {
  std::string_view name;
  void (*run)(const FunctionCase&);
};
using FunctionCaseList = std::span<const FunctionCaseEntry>;

// A file each.
FunctionCaseList deploy_cases();
FunctionCaseList payload_cases();
FunctionCaseList failure_cases();
FunctionCaseList run_cases();
FunctionCaseList wait_cases();
FunctionCaseList endpoint_cases();
FunctionCaseList schedule_cases();
FunctionCaseList end_cases();

/// A JSON string of ASCII text without quotes and backslashes.
inline std::string json(std::string_view text) { return '"' + std::string(text) + '"'; }

}  // namespace cloudkit::inline v0::testing::functions

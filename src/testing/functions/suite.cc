#include "testing/functions/suite.h"

#include "testing/runner.h"

#include <algorithm>
#include <array>
#include <exception>

namespace cloudkit::inline v0::testing {
namespace functions {
namespace {

const std::vector<FunctionCaseEntry>& all_function_cases() {
  static const auto* const cases = [] {
    auto* const all = new std::vector<FunctionCaseEntry>;
    const std::array lists = {deploy_cases(), payload_cases(),  failure_cases(),  run_cases(),
                              wait_cases(),   endpoint_cases(), schedule_cases(), end_cases()};
    for (const FunctionCaseList list : lists) all->insert(all->end(), list.begin(), list.end());
    return all;
  }();
  return *cases;
}

const FunctionCaseEntry* find_function_case(std::string_view name) {
  const auto& cases = all_function_cases();
  const auto found =
      std::find_if(cases.begin(), cases.end(), [&](const FunctionCaseEntry& entry) { return entry.name == name; });
  return found == cases.end() ? nullptr : &*found;
}

// What a case leaves costs money on real services, and is in the way of the next one.
CaseResult clean_up(const FunctionCase& c, CaseResult result) {
  if (c.harness().delay) c.harness().delay({});
  for (const std::string& name : c.functions()) {
    const Status removed = c.runtime().remove(name, {.cascade = true});
    if (!removed && result.outcome != Outcome::failed) {
      result = failed("the case's function could not be removed afterwards: " + show(removed.error()));
    }
  }
  return result;
}

CaseResult run_function_case(const FunctionCaseEntry& entry, const FunctionRuntimeHarness& harness) {
  if (!harness.make_runtime) return failed("the harness has no make_runtime");
  CaseResult result;
  const CaseResult whole = run_guarded([&] {
    auto runtime = harness.make_runtime();
    if (!runtime) throw Stop{Outcome::failed, "make_runtime failed: " + show(runtime.error())};
    const FunctionCase running(harness, *runtime);
    result = run_guarded([&] { entry.run(running); });
    result = clean_up(running, std::move(result));
  });
  return whole.outcome == Outcome::passed ? result : whole;
}

}  // namespace
}  // namespace functions

std::vector<std::string> function_runtime_cases() {
  std::vector<std::string> names;
  for (const auto& entry : functions::all_function_cases()) names.emplace_back(entry.name);
  return names;
}

CaseResult run(std::string_view case_name, const FunctionRuntimeHarness& harness) {
  const auto* entry = functions::find_function_case(case_name);
  if (entry == nullptr) return failed("there is no case of this name");
  const auto exists = [](std::string_view name) { return functions::find_function_case(name) != nullptr; };
  return run_with_deviations(case_name, harness.known_deviations, harness.occasional_deviations, exists,
                             [&] { return functions::run_function_case(*entry, harness); });
}

}  // namespace cloudkit::inline v0::testing

#include "testing/compute/suite.h"

#include "testing/runner.h"

#include <algorithm>
#include <array>

namespace cloudkit::inline v0::testing {
namespace machines {
namespace {

const std::vector<ComputeCaseEntry>& all_compute_cases() {
  static const auto* const cases = [] {
    auto* const all = new std::vector<ComputeCaseEntry>;
    const std::array lists = {creation_cases(), state_cases(),        boot_cases(),    command_cases(),
                              firewall_cases(), firewall_end_cases(), resource_cases()};
    for (const ComputeCaseList list : lists) all->insert(all->end(), list.begin(), list.end());
    return all;
  }();
  return *cases;
}

const ComputeCaseEntry* find_compute_case(std::string_view name) {
  const auto& cases = all_compute_cases();
  const auto found =
      std::find_if(cases.begin(), cases.end(), [&](const ComputeCaseEntry& entry) { return entry.name == name; });
  return found == cases.end() ? nullptr : &*found;
}

CaseResult run_compute_case(const ComputeCaseEntry& entry, const ComputeHarness& harness) {
  if (!harness.make_compute) return failed("the harness has no make_compute");
  CaseResult result;
  const CaseResult whole = run_guarded([&] {
    auto compute = harness.make_compute();
    if (!compute) throw Stop{Outcome::failed, "make_compute failed: " + show(compute.error())};
    const ComputeCase running(harness, *compute);
    result = run_guarded([&] { entry.run(running); });
    if (harness.delay) harness.delay({});
    // What a case leaves costs money on real services, and is in the way of the next one.
    const Status cleaned = running.clean_up();
    if (!cleaned && result.outcome != Outcome::failed) {
      result = failed("what the case made could not be destroyed afterwards: " + show(cleaned.error()));
    }
  });
  return whole.outcome == Outcome::passed ? result : whole;
}

}  // namespace
}  // namespace machines

std::vector<std::string> compute_cases() {
  std::vector<std::string> names;
  for (const auto& entry : machines::all_compute_cases()) names.emplace_back(entry.name);
  return names;
}

CaseResult run(std::string_view case_name, const ComputeHarness& harness) {
  const auto* entry = machines::find_compute_case(case_name);
  if (entry == nullptr) return failed("there is no case of this name");
  const auto exists = [](std::string_view name) { return machines::find_compute_case(name) != nullptr; };
  return run_with_deviations(case_name, harness.known_deviations, harness.occasional_deviations, exists,
                             [&] { return machines::run_compute_case(*entry, harness); });
}

}  // namespace cloudkit::inline v0::testing

#include "testing/runner.h"

#include <exception>

namespace cloudkit::inline v0::testing {

CaseResult run_guarded(const std::function<void()>& body) {
  try {
    body();
    return {};
  } catch (const Stop& stop) {
    return {stop.outcome, stop.text};
  } catch (const std::exception& error) {
    return failed(std::string("an exception was thrown: ") + error.what());
  } catch (...) {
    return failed("an exception of an unknown type was thrown");
  }
}

CaseResult run_with_deviations(std::string_view case_name, const Deviations& known, const Deviations& occasional,
                               const std::function<bool(std::string_view)>& exists,
                               const std::function<CaseResult()>& run) {
  const std::string* deviation = nullptr;
  bool may_pass = false;
  for (const auto* list : {&known, &occasional}) {
    for (const auto& [name, reason] : *list) {
      if (!exists(name)) return failed("known_deviations names a case that does not exist: " + show(name));
      if (name != case_name) continue;
      deviation = &reason;
      may_pass = list == &occasional;
    }
  }

  CaseResult result = run();
  if (deviation == nullptr) return result;
  switch (result.outcome) {
    case Outcome::failed: return {Outcome::skipped, "known deviation: " + *deviation + " (" + result.text + ")"};
    case Outcome::passed:
      if (may_pass) return result;
      return failed("the deviation is gone: remove its line (" + *deviation + ")");
    case Outcome::skipped:
      return failed("the case is skipped anyway: remove its line from known_deviations (" + result.text + ")");
  }
  return result;
}

}  // namespace cloudkit::inline v0::testing

#pragma once

#include "testing/expectations.h"

#include <functional>
#include <string>
#include <string_view>

/// How a case of any suite runs.
namespace cloudkit::inline v0::testing {

inline CaseResult failed(std::string text) { return {Outcome::failed, std::move(text)}; }

/// What `body` ends by, also when it throws.
CaseResult run_guarded(const std::function<void()>& body);

/// What the result of `run` means where the case is a known deviation, and whether the lists make sense.
CaseResult run_with_deviations(std::string_view case_name, const Deviations& known, const Deviations& occasional,
                               const std::function<bool(std::string_view)>& exists,
                               const std::function<CaseResult()>& run);

}  // namespace cloudkit::inline v0::testing

#pragma once

#include <cloudkit/error.h>
#include <cloudkit/finding.h>

#include <string>

namespace cloudkit::inline v0::core {

/// An error as what a check found.
Finding finding_of(std::string topic, Error error, Verdict verdict = Verdict::fail);

}  // namespace cloudkit::inline v0::core

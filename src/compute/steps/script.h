#pragma once

#include "compute/steps/check.h"

#include <span>
#include <string>

namespace cloudkit::inline v0::compute::steps {

/// A script that makes these steps true. Its last line is clean text, as all others.
std::string render_script(std::span<const CheckedStep> steps, const ScriptOptions& options);

/// The same, for the end of a first boot: as root, after `done`, which cloud-init's own modules have made and whose
/// services are to be restarted.
std::string render_first_boot(std::span<const CheckedStep> done, std::span<const CheckedStep> steps);

/// The lines that make one step true.
std::string render_step(const CheckedStep& step);

}  // namespace cloudkit::inline v0::compute::steps

#pragma once

#include "compute/steps/check.h"

#include <span>
#include <string>

namespace cloudkit::inline v0::compute::steps {

/// A script that makes these steps true. Its last line is clean text, as all others.
std::string render_script(std::span<const CheckedStep> steps, const ScriptOptions& options);

/// The same, for the end of a first boot: as root, after `done`, which cloud-init's own modules were to make, and whose
/// services are to be restarted. A module that fails does not keep cloud-init from going on: the script begins with a
/// look at them.
std::string render_first_boot(std::span<const CheckedStep> done, std::span<const CheckedStep> steps);

/// The lines that make one step true.
std::string render_step(const CheckedStep& step);

/// Lines that fail where cloud-init's own modules have not made a package, a user or a file.
std::string render_look(const CheckedStep& step);

}  // namespace cloudkit::inline v0::compute::steps

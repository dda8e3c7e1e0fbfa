#pragma once

#include "compute/steps/check.h"

#include <span>
#include <string>

namespace cloudkit::inline v0::compute::steps {

/// How many of the steps, from the first on, cloud-init's own modules can make: they come in an order of their own,
/// users, packages, files, and nothing of the steps' order may be turned around.
std::size_t count_native(std::span<const CheckedStep> steps);

/// YAML in a small part of the language, which all readers take for the same.
std::string render_cloud_config(std::span<const CheckedStep> steps);

}  // namespace cloudkit::inline v0::compute::steps

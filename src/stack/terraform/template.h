#pragma once

#include "stack/terraform/value.h"

#include <cloudkit/result.h>

#include <string>
#include <string_view>

namespace cloudkit::inline v0::terraform {

/// What stands between two quotes: "${var.name}-web", where "$${" is "${" and "%%{" is "%{". Errors:
/// `invalid_argument`, naming what is not taken, without a place.
Result<Template> parse_template(std::string_view text);

/// Adds a text to what is there.
void append_text(Template& pieces, std::string_view text);

/// As a text between quotes in which nothing is replaced.
std::string escape_template(std::string_view text);

}  // namespace cloudkit::inline v0::terraform

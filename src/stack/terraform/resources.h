#pragma once

#include "stack/terraform/attributes.h"
#include "stack/terraform/document.h"

#include <cloudkit/stack_types.h>

#include <string>

namespace cloudkit::inline v0::terraform {

/// What a block whose values are evaluated declares. Relative paths of code begin in `directory`. Errors:
/// `invalid_argument`, with the place of what is not taken.
Result<StackResource> resource_of(const Block& block, const Source& source, const std::string& directory);

/// Terraform's "tcp", "6", "-1"; nothing for what is none of ours.
std::optional<Protocol> protocol_of(std::string_view text) noexcept;

}  // namespace cloudkit::inline v0::terraform

#pragma once

#include "stack/terraform/value.h"

#include <cloudkit/result.h>

#include <string>
#include <string_view>

/// What Terraform and stacks call the same.
namespace cloudkit::inline v0::terraform {

/// "firewall" for "aws_security_group"; empty for what is not taken.
std::string_view stack_type(std::string_view terraform_type) noexcept;
/// "aws_security_group" for "firewall"; empty for what Terraform has no one resource for.
std::string_view terraform_type(std::string_view stack_type) noexcept;
/// The types that are taken, for messages.
std::string taken_types();

/// "{{firewall.web.id}}" of ${aws_security_group.web.id}. Errors, without a place: a type or an attribute that is not
/// taken.
Result<std::string> stack_reference(const Piece& piece);
/// "{{firewall.web.id}}" of "{{firewall.web.name}}"; all else as it is. A group's name says the same as its id where
/// machines are in the default network, and nothing elsewhere.
std::string firewall_by_id(const std::string& text);
/// "aws_security_group.web.id". Errors: `unsupported`.
Result<std::string> terraform_reference(std::string_view type, std::string_view name, std::string_view output);

}  // namespace cloudkit::inline v0::terraform

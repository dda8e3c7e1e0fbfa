#pragma once

#include "ssh/inventory_groups.h"

#include <cloudkit/ssh.h>

#include <string>
#include <string_view>

namespace cloudkit::inline v0::ssh {

/// What is wrong with a variable, of Ansible's own those that would change how a host is reached and are not supported:
/// passwords, become, templates. The text shows no value that may be a secret. Errors: `invalid_argument` without file
/// and line.
Status check_variable(std::string_view name, std::string_view value);

/// Puts what counts for a host into `host`. Errors: `invalid_argument`, with file and line of the variable.
Status apply_variables(const Variables& variables, std::string_view file_name, InventoryHost& host);

}  // namespace cloudkit::inline v0::ssh

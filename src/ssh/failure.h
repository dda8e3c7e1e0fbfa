#pragma once

#include <cloudkit/ssh.h>

#include <string_view>

namespace cloudkit::inline v0::ssh {

/// What ssh says on its standard error when it has not reached the host's shell, as an error: `unavailable` for the
/// network, `unauthenticated` for keys that the host refuses, `permission_denied` for a host that is not who it should
/// be, `invalid_argument` for a configuration that ssh cannot read, `unsupported` where the two have no way to talk.
Error ssh_failure(std::string_view complaint, const InventoryHost& host, const ConnectionOptions& options);

/// The option, of those that ssh is called with, which it does not know; nothing where it complains of something else.
std::string_view unknown_option(std::string_view complaint);

/// The connection ended after the host had begun. `complaint` may hold what a script printed: only ssh's own phrases
/// are shown.
Error lost_connection(std::string_view complaint, const InventoryHost& host);

/// `core::talk_to_program` could not start ssh.
Error cannot_start(const Error& error, const ConnectionOptions& options);

}  // namespace cloudkit::inline v0::ssh

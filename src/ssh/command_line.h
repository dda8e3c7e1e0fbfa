#pragma once

#include <cloudkit/ssh.h>

#include <string>
#include <vector>

namespace cloudkit::inline v0::ssh {

/// "deploy@web1:2222", for messages.
std::string login_of(const InventoryHost& host);

/// "~/.ssh/id" as this user's own file.
std::string with_home(const std::string& path);

/// What ssh is called with. `socket`: where the host's connection is shared.
std::vector<std::string> ssh_arguments(const InventoryHost& host, const ConnectionOptions& options,
                                       const std::string& socket, const std::string& command);
/// The same to close that connection.
std::vector<std::string> closing_arguments(const InventoryHost& host, const ConnectionOptions& options,
                                           const std::string& socket);

/// Names that ssh, or a shell that it starts, could take for something else. Errors: `invalid_argument`.
Status check_host(const InventoryHost& host);
Status check_user(const std::string& user);
Status check_options(const ConnectionOptions& options);

}  // namespace cloudkit::inline v0::ssh

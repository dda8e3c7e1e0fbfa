#pragma once

#include <cloudkit/ssh.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace cloudkit::inline v0::ssh {

/// "deploy@web1:2222", for messages.
std::string login_of(const InventoryHost& host);

/// "~/.ssh/id" as this user's own file.
std::string with_home(const std::string& path);

using OptionNames = std::set<std::string, std::less<>>;

/// In lower case, as ssh itself names them. An ssh that is older than 8.7 does not know all of them, nor does its
/// configuration.
const OptionNames& newer_options();

/// What ssh is called with. `socket`: where the host's connection is shared. `left_out`: of the newer options.
std::vector<std::string> ssh_arguments(const InventoryHost& host, const ConnectionOptions& options,
                                       const std::string& socket, const std::string& command,
                                       const OptionNames& left_out = {});
/// The same for an order to that connection: "exit" ends what runs over it, "stop" lets that end by itself.
std::vector<std::string> order_arguments(const InventoryHost& host, const ConnectionOptions& options,
                                         const std::string& socket, const std::string& order);

/// Names that ssh, or a shell that it starts, could take for something else. Errors: `invalid_argument`.
Status check_host(const InventoryHost& host);
Status check_user(const std::string& user);
Status check_options(const ConnectionOptions& options);

}  // namespace cloudkit::inline v0::ssh

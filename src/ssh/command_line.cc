#include "ssh/command_line.h"

#include "core/encode.h"
#include "core/fail.h"
#include "ssh/host_words.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace cloudkit::inline v0::ssh {
namespace {

// ssh reads a value as words; in quotes it is one.
std::string option(std::string_view name, std::string_view path) { return fmt::format("-o{}=\"{}\"", name, path); }

// What comes first counts, so that no configuration changes these. https://man.openbsd.org/ssh_config
std::vector<std::string> fixed_options() {
  return {
      "-oBatchMode=yes",           "-oStrictHostKeyChecking=yes",
      "-oUpdateHostKeys=no",       "-oConnectionAttempts=1",
      "-oServerAliveInterval=15",  "-oServerAliveCountMax=3",
      "-oLogLevel=ERROR",          "-oRequestTTY=no",
      "-oRemoteCommand=none",      "-oPermitLocalCommand=no",
      "-oClearAllForwardings=yes", "-oForwardAgent=no",
      "-oForwardX11=no",           "-oTunnel=no",
      "-oVerifyHostKeyDNS=no",     "-oNoHostAuthenticationForLocalhost=no",
  };
}

// Since 8.7 (2021), KnownHostsCommand since 8.5: https://www.openssh.com/releasenotes.html
constexpr std::array<std::array<std::string_view, 2>, 4> kNewer = {{
    {"sessiontype", "-oSessionType=default"},
    {"stdinnull", "-oStdinNull=no"},
    {"forkafterauthentication", "-oForkAfterAuthentication=no"},
    {"knownhostscommand", "-oKnownHostsCommand=none"},
}};

Status check_path(std::string_view what, const std::string& path) {
  if (path.empty() || is_plain_path(path)) return {};
  return core::invalid_argument(fmt::format("ssh would not read this name of a {} as it stands: \"{}\"", what,
                                            core::printable_excerpt(path, 120)),
                                "use a name without '%', '$', '\"' and '\\', and without '-' at the beginning");
}

}  // namespace

std::string login_of(const InventoryHost& host) {
  std::string login = host.user.empty() ? "" : host.user + "@";
  const bool is_ipv6 = host.address.find(':') != std::string::npos;
  login += is_ipv6 ? "[" + host.address + "]" : host.address;
  return host.port == 0 ? login : fmt::format("{}:{}", login, host.port);
}

std::string with_home(const std::string& path) {
  const char* home = std::getenv("HOME");
  return path.starts_with("~/") && home != nullptr ? home + path.substr(1) : path;
}

const OptionNames& newer_options() {
  static const auto* const names = [] {
    auto* const all = new OptionNames;
    for (const auto& [name, argument] : kNewer) all->emplace(name);
    return all;
  }();
  return *names;
}

std::vector<std::string> ssh_arguments(const InventoryHost& host, const ConnectionOptions& options,
                                       const std::string& socket, const std::string& command,
                                       const OptionNames& left_out) {
  std::vector<std::string> arguments = {options.program};
  for (std::string& fixed : fixed_options()) arguments.push_back(std::move(fixed));
  for (const auto& [name, argument] : kNewer) {
    // A command of the user's configuration counts like the user's files: as long as none is named.
    const bool counts = name != "knownhostscommand" || !options.known_hosts.empty();
    if (counts && left_out.count(name) == 0) arguments.emplace_back(argument);
  }
  arguments.push_back(fmt::format("-oConnectTimeout={}", options.connect_timeout.count()));
  arguments.insert(arguments.end(), {"-oControlMaster=auto", option("ControlPath", socket),
                                     fmt::format("-oControlPersist={}", options.idle_limit.count())});
  if (!options.config.empty()) arguments.insert(arguments.end(), {"-F", options.config});
  if (!options.known_hosts.empty()) {
    arguments.insert(arguments.end(),
                     {option("UserKnownHostsFile", options.known_hosts), "-oGlobalKnownHostsFile=none"});
  }
  const std::string& key = host.key.empty() ? options.key : host.key;
  // Not -i, which passes over a key that only an agent holds.
  if (!key.empty()) arguments.insert(arguments.end(), {"-oIdentitiesOnly=yes", option("IdentityFile", key)});
  if (host.port != 0) arguments.insert(arguments.end(), {"-p", std::to_string(host.port)});
  if (!host.user.empty()) arguments.insert(arguments.end(), {"-l", host.user});
  arguments.insert(arguments.end(), {"--", host.address, command});
  return arguments;
}

std::vector<std::string> order_arguments(const InventoryHost& host, const ConnectionOptions& options,
                                         const std::string& socket, const std::string& order) {
  return {options.program, "-F", "none", option("ControlPath", socket), "-O", order, "--", host.address};
}

Status check_host(const InventoryHost& host) {
  if (!is_host(host.address)) {
    return core::invalid_argument(
        fmt::format("\"{}\" cannot be the name or address of a host", core::printable_excerpt(host.address, 60)),
        "letters, digits, '.', '-', '_' and ':' are allowed, and no '-' at the beginning");
  }
  if (!host.user.empty()) {
    if (auto status = check_user(host.user); !status) return status;
  }
  if (host.port < 0 || host.port > 65535) return core::invalid_argument("the port is not a number from 1 to 65535");
  return {};
}

Status check_user(const std::string& user) {
  if (is_user(user)) return {};
  return core::invalid_argument(fmt::format("\"{}\" cannot be a user", core::printable_excerpt(user, 60)),
                                "letters, digits, '.', '-', '_', '+' and '@' are allowed, and no '-' at the beginning");
}

Status check_options(const ConnectionOptions& options) {
  if (auto status = check_path("key's file", options.key); !status) return status;
  if (auto status = check_path("file of host keys", options.known_hosts); !status) return status;
  if (auto status = check_path("configuration file", options.config); !status) return status;
  if (options.program.empty()) return core::invalid_argument("ConnectionOptions::program is empty");
  if (options.connect_timeout.count() < 1) return core::invalid_argument("connect_timeout is at least 1 s");
  if (options.idle_limit.count() < 1) return core::invalid_argument("idle_limit is at least 1 s");
  return {};
}

}  // namespace cloudkit::inline v0::ssh

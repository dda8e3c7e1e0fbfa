#include "ssh/failure.h"

#include "core/encode.h"
#include "core/fail.h"
#include "ssh/command_line.h"

#include <fmt/format.h>

#include <array>
#include <initializer_list>
#include <string>

namespace cloudkit::inline v0::ssh {
namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

bool contains_any(std::string_view text, std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts) {
    if (contains(text, part)) return true;
  }
  return false;
}

// The line that holds `part`.
std::string_view line_with(std::string_view text, std::string_view part) {
  const std::size_t found = text.find(part);
  if (found == std::string_view::npos) return {};
  const std::size_t before = text.rfind('\n', found);
  const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
  return core::trim(text.substr(begin, text.find_first_of("\r\n", found) - begin));
}

// ssh's own last word, without its name in front.
std::string last_line(std::string_view text) {
  text = core::trim(text);
  std::string_view line = text.substr(text.find_last_of("\r\n") + 1);
  if (line.starts_with("ssh: ")) line.remove_prefix(5);
  return core::printable_excerpt(line, 200);
}

// As known_hosts names it.
std::string known_name(const InventoryHost& host) {
  return host.port == 0 || host.port == 22 ? host.address : fmt::format("[{}]:{}", host.address, host.port);
}

std::string known_hosts_of(const ConnectionOptions& options) {
  return options.known_hosts.empty() ? "~/.ssh/known_hosts" : options.known_hosts;
}

// "Offending ED25519 key in FILE:LINE"
std::string_view offending_place(std::string_view complaint) {
  const std::string_view line = line_with(complaint, "Offending ");
  const std::size_t in = line.find(" key in ");
  return in == std::string_view::npos ? std::string_view() : line.substr(in + 8);
}

// Not `unavailable`, as an error of TLS is: nobody should try this again.
Error changed_key(std::string_view complaint, const InventoryHost& host, const ConnectionOptions& options) {
  const std::string place = core::printable_excerpt(offending_place(complaint), 300);
  const std::string_view fingerprint = line_with(complaint, "SHA256:");
  std::string message = fmt::format("the key of {} is not the one that is known", login_of(host));
  if (!fingerprint.empty()) message += fmt::format(": it has {}", core::printable_excerpt(fingerprint, 60));
  const std::string file = place.empty() ? known_hosts_of(options) : place.substr(0, place.rfind(':'));
  return core::fail(ErrorCode::permission_denied, message,
                    fmt::format("somebody may be in between. If the host was made anew: ssh-keygen -R '{}' -f '{}' "
                                "removes the old key{}",
                                known_name(host), file, place.empty() ? "" : " at " + place));
}

Error unknown_key(const InventoryHost& host, const ConnectionOptions& options) {
  const std::string port = host.port == 0 ? "" : fmt::format("-p {} ", host.port);
  return core::fail(ErrorCode::permission_denied,
                    fmt::format("the key of {} is not known, so it may be anybody's", login_of(host)),
                    fmt::format("ssh-keyscan {}{} >> {} adds it; compare it with what the host's console shows", port,
                                host.address, known_hosts_of(options)));
}

Error refused_key(std::string_view complaint, const InventoryHost& host, const ConnectionOptions& options) {
  const std::string& key = host.key.empty() ? options.key : host.key;
  const std::string tried = key.empty() ? "those of the agent and of ~/.ssh" : key;
  std::string hint = key.empty() ? "name a key: ?key=FILE"
                                 : fmt::format(
                                       "its public half belongs into ~{}/.ssh/authorized_keys there; a key with a "
                                       "passphrase must be in the agent: ssh-add {}",
                                       host.user, key);
  if (contains(complaint, "are too open"))
    hint = fmt::format("ssh takes no key that others can read: chmod 600 {}", key);
  if (contains_any(complaint, {"invalid format", "error in libcrypto"}))
    hint = fmt::format("{} holds no private key", key);
  const std::string_view line = line_with(complaint, "Permission denied (");
  const std::string methods = line.empty() ? "" : std::string(line.substr(line.find(" (")));
  return core::fail(ErrorCode::unauthenticated,
                    fmt::format("{} lets nobody in: Permission denied{}; tried keys: {}", login_of(host),
                                core::printable_excerpt(methods.substr(0, methods.find(')') + 1), 80), tried),
                    std::move(hint));
}

Error unreachable(std::string_view complaint, const InventoryHost& host) {
  Error error = core::fail(ErrorCode::unavailable, fmt::format("{}: {}", login_of(host), last_line(complaint)));
  // What refuses or cannot be found has existed for long, unlike a machine that boots. sshd hangs up when it has too
  // many guests.
  error.retryable = contains_any(complaint, {"reset", "closed", "Broken pipe"});
  if (contains(complaint, "Could not resolve")) error.hint = "is the name right, and known to this machine's DNS?";
  if (contains(complaint, "refused")) error.hint = "is sshd running there, on this port?";
  return error;
}

}  // namespace

Error ssh_failure(std::string_view complaint, const InventoryHost& host, const ConnectionOptions& options) {
  if (contains_any(complaint, {"IDENTIFICATION HAS CHANGED", "has changed and you have requested"})) {
    return changed_key(complaint, host, options);
  }
  if (contains_any(complaint, {"host key is known for", "Host key verification failed"})) {
    return unknown_key(host, options);
  }
  if (contains_any(complaint, {"Permission denied (", "Too many authentication failures"})) {
    return refused_key(complaint, host, options);
  }
  if (contains_any(complaint, {"Bad configuration option", "Bad owner or permissions", "Can't open user config file",
                               "terminating, "})) {
    return core::invalid_argument(
        fmt::format("ssh cannot read its configuration: {}", core::printable_excerpt(line_with(complaint, ": "), 200)),
        "another one is ?config=FILE, none is ?config=none");
  }
  if (contains(complaint, "Unable to negotiate")) {
    return core::unsupported(fmt::format("{}: {}", login_of(host), last_line(complaint)),
                             "both need an algorithm that they share");
  }
  if (contains_any(complaint, {"Could not resolve", "Connection refused", "timed out", "No route to host",
                               "unreachable", "Connection reset", "Connection closed", "closed by", "Broken pipe",
                               "not responding", "Can't assign requested address"})) {
    return unreachable(complaint, host);
  }
  if (core::trim(complaint).empty()) {
    return core::fail(ErrorCode::unavailable, fmt::format("{}: ssh ended without a word", login_of(host)),
                      fmt::format("can its user run commands there? ssh {} true", login_of(host)));
  }
  return core::fail(ErrorCode::unknown, fmt::format("{}: {}", login_of(host), last_line(complaint)));
}

std::string_view unknown_option(std::string_view complaint) {
  constexpr std::string_view kWords = "command-line: line 0: Bad configuration option: ";
  const std::size_t found = complaint.find(kWords);
  if (found == std::string_view::npos) return {};
  const std::string_view rest = complaint.substr(found + kWords.size());
  return core::trim(rest.substr(0, rest.find_first_of("\r\n")));
}

Error lost_connection(std::string_view complaint, const InventoryHost& host) {
  std::string why;
  for (const char* words : {"Broken pipe", "Connection reset", "Connection closed", "closed by remote host",
                            "not responding", "timed out", "Corrupted MAC"}) {
    if (why.empty() && contains(complaint, words)) why = fmt::format(": {}", words);
  }
  Error error = core::fail(ErrorCode::unavailable,
                           fmt::format("{}: the connection ended before the host had finished{}", login_of(host), why));
  error.may_have_happened = true;
  return error;
}

Error cannot_start(const Error& error, const ConnectionOptions& options) {
  // "Permission denied" also where PATH holds a directory of somebody else's.
  const bool is_named = options.program.find('/') == std::string::npos;
  const bool is_missing = contains(error.message, "No such file or directory") ||
                          (is_named && contains(error.message, "Permission denied"));
  if (error.code != ErrorCode::io || !is_missing) return error;
  return core::unsupported(fmt::format("there is no program \"{}\"", core::printable_excerpt(options.program, 120)),
                           "install OpenSSH's client: apt install openssh-client");
}

}  // namespace cloudkit::inline v0::ssh

#include "compute/steps/check.h"

#include "compute/checks.h"
#include "compute/steps/text.h"
#include "core/check_text.h"
#include "core/fail.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::compute::steps {
namespace {

using core::in_quotes;
using core::invalid_argument;

constexpr std::size_t kLongestPath = 4095;  // PATH_MAX and NAME_MAX of Linux, of which a temporary name needs some.
constexpr std::size_t kLongestSegment = 224;
// The kernel takes 128 KiB for one argument of a program: MAX_ARG_STRLEN.
constexpr std::size_t kLongestCommand = std::size_t{64} << 10;

Status check_mode(int mode, int needed, std::string_view what) {
  if (mode < 0 || mode > 07777) return invalid_argument(fmt::format("a mode is 0 to 07777, not {}", mode));
  const bool sticky_file = what == "file" && (mode & 01000) != 0;
  if ((mode & needed) == needed && !sticky_file) return {};
  return invalid_argument(fmt::format("the mode 0{:o} makes no sense for a {}", mode, what),
                          "it is octal, and begins with 0: 0644, 0755");
}

// As useradd takes them on all distributions, or a number.
Status check_owner(std::string_view what, std::string_view name) {
  if (name.empty() || (core::is_made_of(name, "_-.", 32) && name.front() != '-' && name.front() != '.')) return {};
  return invalid_argument(fmt::format("{} is no {}: a name or a number", in_quotes(name), what));
}

Status check_account(std::string_view what, std::string_view name) {
  const bool first = !name.empty() && (core::is_lower(name.front()) || name.front() == '_');
  if (first && core::is_made_of(name, "_-", 32) && core::to_lower(name) == name) return {};
  return invalid_argument(
      fmt::format("{} is no name of a {}: 1 to 32 lower-case letters, digits, '_' and '-', a letter or '_' first",
                  in_quotes(name), what));
}

Status check_shell_text(std::string_view what, std::string_view text) {
  if (text.size() > kLongestCommand) {
    return invalid_argument(fmt::format("{} has {} bytes, more than {}", what, text.size(), kLongestCommand),
                            "write it to a file, and run that");
  }
  if (!is_clean_text(text)) {
    return invalid_argument(fmt::format("{} is not UTF-8, or holds a control character", what));
  }
  return {};
}

Status check_notify(std::string_view service) {
  if (service.empty()) return {};
  return check(ServiceStep{.name = std::string(service)});
}

struct FoundArgument {
  bool found = false;
  bool quoted = false;  // One of them: the shell would see "$1" as text there, or split it.
};

FoundArgument find_argument(std::string_view command) {
  FoundArgument argument;
  char quote = '\0';
  for (std::size_t i = 0; i < command.size(); ++i) {
    const char c = command[i];
    if (c == '\\' && quote != '\'') {
      ++i;
    } else if (c == quote) {
      quote = '\0';
    } else if (quote == '\0' && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == '%' && i + 1 < command.size()) {
      const char next = command[++i];
      if (next != 's' && next != '%') --i;
      argument.found |= next == 's';
      argument.quoted |= next == 's' && quote != '\0';
    }
  }
  return argument;
}

Status check_validate(std::string_view command) {
  if (command.empty()) return {};
  if (auto ok = check_shell_text("the command that validates it", command); !ok) return ok;
  const auto [found, quoted] = find_argument(command);
  if (!found) {
    return invalid_argument("the command that validates it does not say %s, where the new file stands",
                            R"(such as "nginx -t -c %s")");
  }
  if (quoted) {
    return invalid_argument("%s stands in quotes in the command that validates it",
                            "it is quoted already; \"%%\" is a '%'");
  }
  return {};
}

// The types of https://man.openbsd.org/sshd#AUTHORIZED_KEYS_FILE_FORMAT, before which options may stand.
Status check_ssh_key(std::string_view key) {
  if (key.find("PRIVATE KEY") != std::string_view::npos) {
    return invalid_argument("an ssh key is a private one", "put the line of the file NAME.pub there");
  }
  const bool typed = key.find("ssh-") != std::string_view::npos || key.find("ecdsa-") != std::string_view::npos;
  if (is_clean_line(key) && typed && key.find(" AAAA") != std::string_view::npos && key.size() <= 16384) return {};
  return invalid_argument("an ssh key is no line of authorized_keys", R"(it reads "ssh-ed25519 AAAA… comment")");
}

Status check_command_name(std::string_view name) {
  if (name.size() <= 100 && is_clean_line(name) && name.find(": ") == std::string_view::npos) return {};
  return invalid_argument(
      fmt::format("{} is no name for reports: one line of at most 100 bytes, without \": \"", in_quotes(name)));
}

}  // namespace

Status check_path(std::string_view path) {
  constexpr std::string_view kRule = "absolute, in its shortest spelling";
  if (path.size() > kLongestPath || !is_clean_line(path) || path.find(": ") != std::string_view::npos) {
    return invalid_argument(
        fmt::format("{} is no path that can be used here: too long, not UTF-8, or with control "
                    "characters or \": \" in it",
                    in_quotes(path)));
  }
  if (path.size() < 2 || path.front() != '/') {
    return invalid_argument(fmt::format("the path {} is not {}", in_quotes(path), kRule));
  }
  for (std::string_view rest = path; !rest.empty();) {
    rest.remove_prefix(1);
    const auto segment = rest.substr(0, rest.find('/'));
    if (segment.empty() || segment == "." || segment == "..") {
      return invalid_argument(fmt::format("the path {} is not {}", in_quotes(path), kRule));
    }
    if (segment.size() > kLongestSegment) {
      return invalid_argument(fmt::format("a name in {} has more than {} bytes", in_quotes(path), kLongestSegment));
    }
    rest.remove_prefix(segment.size());
  }
  return {};
}

// To apt-get, a '-' at the end is an order to remove it.
Status check(const PackageStep& step) {
  const bool named = core::is_made_of(step.name, "+-._:~", 128) && core::is_alphanumeric(step.name.front());
  if (named && step.name.back() != '-') return {};
  return invalid_argument(fmt::format("{} is no name of a package", in_quotes(step.name)));
}

Status check(const FileStep& step) {
  if (!step.local_file.empty() && !step.content.empty()) return invalid_argument("it has both content and local_file");
  if (step.content.size() > kLargestFile) {
    return invalid_argument(fmt::format("it has {} bytes, more than {}", step.content.size(), kLargestFile),
                            "put it into a bucket, and fetch it by a command");
  }
  return all_of({check_path(step.path), check_mode(step.mode, 0400, "file"), check_owner("owner", step.owner),
                 check_owner("group", step.group), check_validate(step.validate), check_notify(step.notify)});
}

Status check(const DirectoryStep& step) {
  return all_of({check_path(step.path), check_mode(step.mode, 0700, "directory"), check_owner("owner", step.owner),
                 check_owner("group", step.group)});
}

Status check(const CommandStep& step) {
  if (step.command.empty()) return invalid_argument("it has no command");
  if (step.only_checks && !step.notify.empty()) {
    return invalid_argument("what only checks has nothing to notify a service of");
  }
  return all_of({check_shell_text("the command", step.command), check_command_name(step.name),
                 check_shell_text("the command of `unless`", step.unless),
                 step.creates.empty() ? Status() : check_path(step.creates), check_notify(step.notify)});
}

Status check(const ServiceStep& step) {
  if (core::is_made_of(step.name, ":_.@\\-", 255) && step.name.front() != '-' && step.name.front() != '.') return {};
  return invalid_argument(fmt::format("{} is no name of a unit of systemd", in_quotes(step.name)),
                          "https://www.freedesktop.org/software/systemd/man/latest/systemd.unit.html");
}

Status check(const UserStep& step) {
  if (auto ok = check_account("user", step.name); !ok) return ok;
  for (const std::string& group : step.groups) {
    if (auto ok = check_account("group", group); !ok) return ok;
  }
  for (const std::string& key : step.ssh_keys) {
    if (auto ok = check_ssh_key(key); !ok) return ok;
  }
  return check_path(step.shell);
}

std::string sudoers_path(const UserStep& step) { return "/etc/sudoers.d/90-cloudkit-" + step.name; }

}  // namespace cloudkit::inline v0::compute::steps

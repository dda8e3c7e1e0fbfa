#include "compute/steps/script.h"
#include "compute/steps/text.h"
#include "core/encode.h"
#include "core/shell.h"
#include "crypto/digest.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::compute::steps {
namespace {

using core::shell_word;

constexpr std::size_t kBase64Line = 76;

std::string octal(int mode) { return fmt::format("{:04o}", mode); }

// Four digits leave a directory's set-group-id as it is: it has it from the one around it.
std::string octal_of_directory(int mode) { return fmt::format("{:05o}", mode); }

std::string_view yes_no(const std::optional<bool>& wanted) {
  if (!wanted) return "''";
  return *wanted ? "yes" : "no";
}

std::string flag(bool set) { return set ? "yes" : "''"; }

// Text as it is, so that people can read it; else as base64, since a shell can hold no NUL.
std::string write_content(std::string_view content) {
  if (is_clean_text(content))
    return fmt::format("printf %s {} >\"$new\" || fail 'it cannot be written'\n", shell_word(content));
  const std::string encoded =
      core::base64_encode({reinterpret_cast<const unsigned char*>(content.data()), content.size()});
  std::string lines;
  for (std::size_t at = 0; at < encoded.size(); at += kBase64Line) lines += encoded.substr(at, kBase64Line) + '\n';
  return fmt::format("printf %s '{}' | base64 -d >\"$new\" || fail 'it cannot be written'\n", lines);
}

// "%s" in the command is the first argument of its shell, "%%" is "%".
std::string with_argument(std::string command) {
  for (auto at = command.find('%'); at != std::string::npos && at + 1 < command.size(); at = command.find('%', at)) {
    const std::string_view meant = command[at + 1] == 's' ? R"("$1")" : "%";
    if (command[at + 1] == 's' || command[at + 1] == '%') command.replace(at, 2, meant);
    at += meant.size();
  }
  return command;
}

std::string put_file(const FileStep& step) {
  const std::string validate = with_argument(step.validate);
  return fmt::format("open_file {}\n{}put_file {} {} {} {} {} {}\n", shell_word(step.path), write_content(step.content),
                     octal(step.mode), shell_word(step.owner), shell_word(step.group), flag(step.backup),
                     shell_word(step.notify), shell_word(validate));
}

// What needs a program of the machine is skipped below a prefix that has none.
std::string with_tool(std::string_view tools, const std::string& lines) {
  return fmt::format("if need_tool {}; then\n{}end\nfi\n", tools, lines);
}

std::string_view restart_word(RestartPolicy policy) {
  switch (policy) {
    case RestartPolicy::never: return "no";
    case RestartPolicy::on_failure: return "on-failure";
    case RestartPolicy::always: return "always";
    case RestartPolicy::unless_stopped: return "unless-stopped";
  }
  return "no";
}

std::string publish(const PublishedPort& port) {
  const bool is_ipv6 = port.address.find(':') != std::string::npos;
  const std::string address = is_ipv6 ? '[' + port.address + ']' : port.address;
  return fmt::format("{}{}{}:{}{}", address, address.empty() ? "" : ":", port.machine, port.container,
                     port.udp ? "/udp" : "");
}

// For `run`, behind the name and the label; words of a shell.
std::string run_arguments(const ContainerStep& step) {
  std::string words = fmt::format("--restart {}", restart_word(step.restart));
  for (const PublishedPort& port : step.ports) words += " -p " + shell_word(publish(port));
  if (!step.environment.empty()) words += " --env-file \"$new\"";
  for (const ContainerVolume& volume : step.volumes) {
    const bool is_path = volume.source.starts_with('/');
    words +=
        fmt::format(" -v {}{}", is_path ? "\"$prefix\"" : "",
                    shell_word(fmt::format("{}:{}{}", volume.source, volume.target, volume.read_only ? ":ro" : "")));
  }
  words += ' ' + shell_word(step.image);
  for (const std::string& argument : step.arguments) words += ' ' + shell_word(argument);
  return words;
}

constexpr std::string_view kManagers = "apt-get dnf yum zypper apk";

struct Render {
  std::string operator()(const PackageStep& step) const {
    return with_tool(kManagers, fmt::format("keep_package {}\n", shell_word(step.name)));
  }
  std::string operator()(const FileStep& step) const { return put_file(step) + "end\n"; }
  std::string operator()(const DirectoryStep& step) const {
    return fmt::format("keep_directory {} {} {} {}\nend\n", shell_word(step.path), octal_of_directory(step.mode),
                       shell_word(step.owner), shell_word(step.group));
  }
  std::string operator()(const CommandStep& step) const {
    return fmt::format("run_command {} {} {} {} {}\nend\n", shell_word(step.command), shell_word(step.unless),
                       shell_word(step.creates), shell_word(step.notify), flag(step.only_checks));
  }
  std::string operator()(const ServiceStep& step) const {
    return with_tool("systemctl", fmt::format("keep_service {} {} {} {}\n", shell_word(step.name), yes_no(step.started),
                                              yes_no(step.enabled), flag(step.restarted_if_changed)));
  }
  std::string operator()(const UserStep& step) const {
    const std::string user = shell_word(step.name);
    std::string lines = fmt::format("keep_account {} {}\n", user, shell_word(step.shell));
    for (const std::string& group : step.groups) lines += fmt::format("join_group {} {}\n", user, shell_word(group));
    for (const std::string& key : step.ssh_keys) lines += fmt::format("authorize_key {} {}\n", user, shell_word(key));
    if (step.sudo) {
      lines += put_file({.path = sudoers_path(step),
                         .content = step.name + " ALL=(ALL) NOPASSWD:ALL\n",
                         .mode = 0440,
                         .validate = "if command -v visudo; then visudo -c -f %s; fi"});
    }
    return with_tool("useradd", lines);
  }
  std::string operator()(const ContainerStep& step) const {
    std::string variables;
    for (const auto& [name, value] : step.environment) variables += fmt::format("{}={}\n", name, value);
    std::string lines;
    if (step.ecr_login) {
      const EcrRegistry registry = ecr_registry(step.image);
      lines += fmt::format("ecr_login {} {}\n", shell_word(registry.host), shell_word(registry.region));
    }
    lines += fmt::format("pull_image {} {}\n", shell_word(step.image), flag(step.pull));
    // Not as arguments, which every user of the machine can read.
    if (!variables.empty()) lines += "new=$work/variables\n" + write_content(variables);
    const bool may_end = step.restart == RestartPolicy::never || step.restart == RestartPolicy::on_failure;
    const std::string arguments = run_arguments(step);
    lines += fmt::format("keep_container {} {} {} {} {}\n", shell_word(step.name), shell_word(step.image),
                         flag(may_end), core::hex_encode(crypto::sha256(arguments + '\n' + variables)), arguments);
    if (!variables.empty()) lines += "rm -f -- \"$new\"\n";
    return with_tool("docker podman", lines);
  }
};

}  // namespace

std::string render_step(const CheckedStep& step) { return std::visit(Render(), step.step); }

std::string render_look(const CheckedStep& step) {
  const auto* package = std::get_if<PackageStep>(&step.step);
  if (package != nullptr) {
    return with_tool(kManagers, fmt::format("was_made has_package {}\n", shell_word(package->name)));
  }
  if (const auto* user = std::get_if<UserStep>(&step.step)) {
    return fmt::format("was_made id -u {}\nend\n", shell_word(user->name));
  }
  const auto* file = std::get_if<FileStep>(&step.step);
  return file == nullptr ? "end\n"
                         : fmt::format("was_made has_digest {} {}\nend\n", shell_word(file->path),
                                       core::hex_encode(crypto::sha256(file->content)));
}

}  // namespace cloudkit::inline v0::compute::steps

#include "ssh/inventory_variables.h"

#include "core/encode.h"
#include "core/fail.h"
#include "ssh/host_words.h"

#include <fmt/format.h>

#include <array>
#include <initializer_list>

namespace cloudkit::inline v0::ssh {
namespace {

// Where both names are given, Ansible takes the second:
// https://docs.ansible.com/ansible/latest/collections/ansible/builtin/ssh_connection.html
struct Known {
  std::string_view name;
  std::string_view other_name;
};
constexpr Known kAddress = {"ansible_host", "ansible_ssh_host"};
constexpr Known kPort = {"ansible_port", "ansible_ssh_port"};
constexpr Known kUser = {"ansible_user", "ansible_ssh_user"};
constexpr Known kKey = {"ansible_private_key_file", "ansible_ssh_private_key_file"};
constexpr std::array<Known, 4> kKnown = {kAddress, kPort, kUser, kKey};

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> allowed) {
  for (const std::string_view one : allowed) {
    if (core::equals_ignoring_case(text, one)) return true;
  }
  return false;
}

bool is_identifier(std::string_view name) {
  if (name.empty() || (name.front() >= '0' && name.front() <= '9')) return false;
  return name.find_first_of(" \t'\"{}[]()#;,:") == std::string_view::npos;
}

Error not_supported(std::string_view name, std::string hint) {
  return core::invalid_argument(fmt::format("{} is not supported", core::printable_excerpt(name, 60)), std::move(hint));
}

const Variable* find(const Variables& variables, const Known& known) {
  auto found = variables.find(std::string(known.other_name));
  if (found == variables.end()) found = variables.find(std::string(known.name));
  return found == variables.end() ? nullptr : &found->second;
}

}  // namespace

Status check_variable(std::string_view name, std::string_view value) {
  if (!is_identifier(name)) {
    return core::invalid_argument("what stands before the '=' cannot be the name of a variable",
                                  "write NAME=VALUE, and quotes around a value with blanks");
  }
  if (!name.starts_with("ansible_")) return {};
  for (const Known& known : kKnown) {
    if (name != known.name && name != known.other_name) continue;
    if (value.find("{{") == std::string_view::npos && value.find("{%") == std::string_view::npos) return {};
    return not_supported(fmt::format("a template as {}", name), "write the value itself");
  }
  if (name == "ansible_group_priority") {
    if (core::parse_u64(value)) return {};
    return core::invalid_argument("ansible_group_priority is a number");
  }
  // They choose programs for Ansible's modules, of which there are none here.
  if (name.ends_with("_interpreter")) return {};
  if (name == "ansible_connection") {
    if (is_one_of(value, {"ssh", "smart"})) return {};
    return not_supported("this ansible_connection",
                         value == "local" ? "local:///DIR runs commands on this machine" : "only ssh is");
  }
  if (name == "ansible_become" && is_one_of(value, {"false", "no", "off", "0"})) return {};
  if (name.find("become") != std::string_view::npos) {
    return not_supported(name, "commands run as ansible_user; write sudo into the script");
  }
  if (name.find("pass") != std::string_view::npos) {
    return not_supported(name, "ssh is let in by a key: ansible_ssh_private_key_file");
  }
  if (name.ends_with("_args")) {
    return not_supported(name, "write the options into an ssh configuration, and name it: ?config=FILE");
  }
  return not_supported(name,
                       "of Ansible's own these are: ansible_host, ansible_port, ansible_user, "
                       "ansible_ssh_private_key_file, ansible_group_priority");
}

Status apply_variables(const Variables& variables, std::string_view file_name, InventoryHost& host) {
  for (const auto& [name, variable] : variables) {
    if (!name.starts_with("ansible_")) host.variables[name] = variable.value;
  }
  host.address = host.name;
  if (const Variable* address = find(variables, kAddress)) host.address = address->value;
  if (!is_host(host.address)) {
    const Variable* address = find(variables, kAddress);
    return inventory_error(file_name, address == nullptr ? host.line : address->line,
                           fmt::format("{} cannot be the name or address of a host",
                                       address == nullptr ? shown(host.name) : "ansible_host"),
                           "letters, digits, '.', '-', '_' and ':' are allowed, and no '-' at the beginning");
  }
  if (const Variable* port = find(variables, kPort)) {
    const auto number = parse_port(port->value);
    if (!number) return inventory_error(file_name, port->line, "the port is not a number from 1 to 65535");
    host.port = *number;
  }
  if (const Variable* user = find(variables, kUser)) {
    if (!is_user(user->value)) {
      return inventory_error(file_name, user->line, "ansible_user cannot be the name of a user",
                             "letters, digits, '.', '-', '_', '+' and '@' are allowed, and no '-' at the beginning");
    }
    host.user = user->value;
  }
  if (const Variable* key = find(variables, kKey)) {
    if (!is_plain_path(key->value)) {
      return inventory_error(file_name, key->line, "ssh would not read this name of a key's file as it stands",
                             "use a name without '%', '$', '\"' and '\\'");
    }
    host.key = key->value;
  }
  return {};
}

}  // namespace cloudkit::inline v0::ssh

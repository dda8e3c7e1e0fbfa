#include "core/encode.h"
#include "core/fail.h"
#include "ssh/host_pattern.h"
#include "ssh/host_words.h"
#include "ssh/inventory_groups.h"
#include "ssh/inventory_variables.h"

#include <cloudkit/ssh.h>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cloudkit::inline v0::ssh {
namespace {

// So that a range, or what counts for all of its hosts, is not all memory.
constexpr std::size_t kMaxHosts = 65536;
constexpr std::size_t kMaxText = std::size_t{256} << 20;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

enum class Section { hosts, children, vars };

class InventoryParser {
 public:
  explicit InventoryParser(std::string_view file_name) : file_name_(file_name) {
    for (const char* implied : {"all", "ungrouped"}) groups_[implied].declared = true;
  }

  Status parse(std::string_view text) {
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      const std::string_view line = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      ++line_;
      if (auto status = take(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line); !status) {
        return inventory_error(file_name_, line_, status.error().message, status.error().hint);
      }
    }
    return arrange_groups(groups_, file_name_);
  }

  Result<Inventory> finish() const {
    Inventory inventory;
    for (const auto& [name, group] : groups_) inventory.groups.push_back(name);
    inventory.hosts.reserve(hosts_.size());
    std::size_t text = 0;
    std::map<std::set<std::string>, std::vector<std::string>> orders;  // Many hosts are in the same groups.
    for (const HostLines& lines : hosts_) {
      InventoryHost host;
      host.name = lines.name;
      host.line = lines.line;
      Variables variables;
      auto& order = orders[lines.groups];
      if (order.empty()) order = groups_of(lines, groups_);
      for (const std::string& group : order) {
        text += group.size() + groups_.at(group).size;
        if (text > kMaxText) return inventory_error(file_name_, lines.line, too_much().message);
        if (group != "all") host.groups.push_back(group);
        for (const auto& [name, variable] : groups_.at(group).variables) variables[name] = variable;
      }
      for (const auto& [name, variable] : lines.variables) variables[name] = variable;
      if (auto status = apply_variables(variables, file_name_, host); !status) return std::move(status).error();
      std::sort(host.groups.begin(), host.groups.end());
      inventory.hosts.push_back(std::move(host));
    }
    return inventory;
  }

 private:
  Status take(std::string_view line) {
    if (!core::is_valid_utf8(line)) return core::invalid_argument("the line is not UTF-8");
    line = core::trim(line);
    if (line_ == 1 && line.starts_with("#!")) {
      return core::invalid_argument("this is a program", "write what it prints in the INI form; programs are not run");
    }
    if (line.empty() || line.front() == '#' || line.front() == ';') return {};
    if (core::has_control_character(without_tabs(line))) {
      return core::invalid_argument("the line holds a control character");
    }
    if (line == "---") {
      return core::invalid_argument("this looks like YAML",
                                    "write the inventory in the INI form: [GROUP], and a host a line");
    }
    if (line.front() == '[' && is_section(line)) return take_section(line);
    switch (section_) {
      case Section::hosts: return take_host(line);
      case Section::children: return take_child(line);
      case Section::vars: return take_variable(line);
    }
    return {};
  }

  static std::string without_tabs(std::string_view line) {
    std::string text(line);
    std::replace(text.begin(), text.end(), '\t', ' ');
    return text;
  }

  // Else it is a host whose name begins with a range, or with an address in brackets.
  static bool is_section(std::string_view line) {
    const std::string_view rest = core::trim(line.substr(std::min(line.find(']'), line.size() - 1) + 1));
    if (!rest.empty() && rest.front() != '#') return false;
    const std::size_t colon = line.find(':');
    return colon == std::string_view::npos || !is_range_end(line, colon);
  }
  static bool is_range_end(std::string_view line, std::size_t colon) {
    const auto is_end = [](char c) { return (c >= '0' && c <= '9') || c == ':'; };
    return is_end(line[colon - 1]) && colon + 1 < line.size() && is_end(line[colon + 1]);
  }

  Status take_section(std::string_view line) {
    const std::size_t close = line.find(']');
    if (close == std::string_view::npos) return core::invalid_argument("the section has no ']'");
    const std::string_view title = line.substr(1, close - 1);
    const std::size_t colon = std::min(title.find(':'), title.size());
    const std::string_view name = title.substr(0, colon);
    const std::string_view kind = colon == title.size() ? std::string_view("hosts") : title.substr(colon + 1);
    if (name.empty() || title.find_first_of(" \t=") != std::string_view::npos) {
      return core::invalid_argument(fmt::format("{} is no section", shown(line.substr(0, close + 1))),
                                    "a section is [GROUP], [GROUP:children] or [GROUP:vars], without blanks");
    }
    if (kind == "hosts") {
      section_ = Section::hosts;
    } else if (kind == "children") {
      section_ = Section::children;
    } else if (kind == "vars") {
      section_ = Section::vars;
    } else {
      return core::invalid_argument(fmt::format("{} is no kind of section", shown(title.substr(colon))),
                                    "known are: [GROUP], [GROUP:children], [GROUP:vars]");
    }
    group_ = name;
    Group& group = groups_[group_];
    if (group.line == 0) group.line = line_;
    if (section_ != Section::vars) group.declared = true;
    return {};
  }

  Status take_host(std::string_view line) {
    const auto words = split_words(line);
    if (!words) return words.error();
    if (words->empty()) return {};
    if (words->front().find_first_of("= \t") != std::string::npos) {
      return core::invalid_argument("a host's line begins with its name, which word 1 cannot be",
                                    "variables of a group stand below [G:vars], those of all hosts below [all:vars]");
    }
    const auto pattern = expand_hosts(words->front(), kMaxHosts - expanded_);
    if (!pattern) return pattern.error();
    expanded_ += pattern->names.size();
    Variables variables;
    if (pattern->port != 0) variables["ansible_port"] = {std::to_string(pattern->port), line_};
    for (std::size_t i = 1; i < words->size(); ++i) {
      const std::string_view word = (*words)[i];
      const std::size_t equals = word.find('=');
      if (equals == std::string_view::npos) {
        return core::invalid_argument(fmt::format("word {} is not NAME=VALUE", i + 1),
                                      "a host a line, then its variables; a value with blanks stands in quotes");
      }
      if (auto status = set(variables, word.substr(0, equals), word.substr(equals + 1)); !status) return status;
    }
    text_ += pattern->names.size() * line.size();
    if (text_ > kMaxText) return too_much();
    for (const std::string& name : pattern->names) add_host(name, variables);
    return {};
  }

  static Error too_much() {
    return core::invalid_argument(fmt::format("what is said of all hosts takes more than {} MiB", kMaxText >> 20));
  }

  void add_host(const std::string& name, const Variables& variables) {
    const auto [found, is_new] = index_.emplace(name, hosts_.size());
    if (is_new) hosts_.push_back({name, line_, {}, {}});
    HostLines& host = hosts_[found->second];
    for (const auto& [variable, value] : variables) host.variables[variable] = value;
    // Who is in no other group is in this one.
    if (group_ != "ungrouped" && group_ != "all") {
      host.groups.insert(group_);
      host.groups.erase("ungrouped");
    } else if (host.groups.empty()) {
      host.groups.insert("ungrouped");
    }
  }

  Status take_child(std::string_view line) {
    const std::string_view name = core::trim(line.substr(0, line.find('#')));
    if (name.find_first_of(" \t:[]=") != std::string_view::npos) {
      return core::invalid_argument(fmt::format("{} is no group", shown(name)),
                                    "below [G:children] stands a group a line; variables stand below [G:vars]");
    }
    if (name == "all") return core::invalid_argument("the group \"all\" is above every other");
    Group& child = groups_[std::string(name)];
    if (child.line == 0) child.line = line_;
    groups_[group_].children.insert(std::string(name));
    return {};
  }

  Status take_variable(std::string_view line) {
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) {
      return core::invalid_argument("this is not NAME=VALUE", "below [G:vars] stands a variable a line");
    }
    groups_[group_].size += line.size();
    return set(groups_[group_].variables, core::trim(line.substr(0, equals)), line.substr(equals + 1));
  }

  Status set(Variables& variables, std::string_view name, std::string_view text) const {
    std::string value = literal(text);
    if (auto status = check_variable(name, value); !status) return status;
    variables[std::string(name)] = {std::move(value), line_};
    return {};
  }

  const std::string_view file_name_;
  int line_ = 0;
  Section section_ = Section::hosts;
  std::string group_ = "ungrouped";
  Groups groups_;
  std::vector<HostLines> hosts_;
  std::size_t expanded_ = 0;
  std::size_t text_ = 0;
  std::map<std::string, std::size_t> index_;
};

}  // namespace

Result<Inventory> parse_inventory(std::string_view text, std::string_view file_name) {
  InventoryParser parser(file_name);
  if (auto status = parser.parse(text); !status) return std::move(status).error();
  return parser.finish();
}

}  // namespace cloudkit::inline v0::ssh

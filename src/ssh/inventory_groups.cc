#include "ssh/inventory_groups.h"

#include "core/encode.h"
#include "core/fail.h"
#include "ssh/host_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <utility>

namespace cloudkit::inline v0::ssh {
namespace {

// Groups deeper than there are groups are within a circle.
Status sink(Groups& groups, const std::string& name, int depth, std::string_view file_name) {
  std::vector<std::pair<std::string, int>> open = {{name, depth}};
  while (!open.empty()) {
    const auto [current, level] = open.back();
    open.pop_back();
    Group& group = groups.at(current);
    if (group.depth >= level) continue;
    if (static_cast<std::size_t>(level) > groups.size()) {
      return inventory_error(file_name, group.line, fmt::format("{} is among its own children", shown(current)));
    }
    group.depth = level;
    for (const std::string& child : group.children) open.emplace_back(child, level + 1);
  }
  return {};
}

std::int64_t priority_of(const Group& group) {
  const auto found = group.variables.find("ansible_group_priority");
  if (found == group.variables.end()) return 1;
  return static_cast<std::int64_t>(core::parse_u64(found->second.value).value_or(1));
}

}  // namespace

Error inventory_error(std::string_view file_name, int line, std::string_view what, std::string hint) {
  return core::invalid_argument(fmt::format("{}:{}: {}", file_name, line, what), std::move(hint));
}

Status arrange_groups(Groups& groups, std::string_view file_name) {
  for (const auto& [name, group] : groups) {
    if (group.declared) continue;
    const bool is_hidden = may_hold_secret(name);
    return inventory_error(file_name, group.line,
                           is_hidden ? "there is no such group" : "there is no group " + shown(name),
                           fmt::format("[{0}] with its hosts, or [{0}:children] with its groups, declares it",
                                       is_hidden ? "GROUP" : core::printable_excerpt(name, 60)));
  }
  for (const auto& [name, group] : groups) {
    if (name == "all") continue;
    if (auto status = sink(groups, name, 1, file_name); !status) return status;
  }
  return {};
}

std::vector<std::string> groups_of(const HostLines& host, const Groups& groups) {
  std::set<std::string> found = host.groups;
  for (std::size_t before = 0; before != found.size();) {
    before = found.size();
    for (const auto& [name, group] : groups) {
      const bool above = std::any_of(group.children.begin(), group.children.end(),
                                     [&](const std::string& child) { return found.count(child) != 0; });
      if (above) found.insert(name);
    }
  }
  found.insert("all");
  std::vector<std::string> ordered(found.begin(), found.end());
  std::sort(ordered.begin(), ordered.end(), [&](const std::string& a, const std::string& b) {
    const Group& first = groups.at(a);
    const Group& second = groups.at(b);
    return std::tuple(first.depth, priority_of(first), a) < std::tuple(second.depth, priority_of(second), b);
  });
  return ordered;
}

}  // namespace cloudkit::inline v0::ssh

#pragma once

#include <cloudkit/result.h>

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// What an inventory's lines say, before it is known what counts for a host.
namespace cloudkit::inline v0::ssh {

struct Variable {
  std::string value = {};
  int line = 0;
};
using Variables = std::map<std::string, Variable>;

struct Group {
  int line = 0;
  bool declared = false;  ///< By a section of its own, which `[G:vars]` is not.
  std::set<std::string> children = {};
  Variables variables = {};
  std::size_t size = 0;  ///< Of the lines of its variables.
  int depth = 0;         ///< Of `all` 0; below all that it is a child of.
};
using Groups = std::map<std::string, Group>;

struct HostLines {
  std::string name = {};
  int line = 0;
  Variables variables = {};
  std::set<std::string> groups = {};  ///< That name it themselves.
};

/// Sets the depths. Errors: `invalid_argument`, beginning with `file_name` and the line: a group that nobody declares,
/// or that is its own child.
Status arrange_groups(Groups& groups, std::string_view file_name);

/// The groups of a host and all that are above them, in the order in which their variables count: the last one wins.
std::vector<std::string> groups_of(const HostLines& host, const Groups& groups);

Error inventory_error(std::string_view file_name, int line, std::string_view what, std::string hint = {});

}  // namespace cloudkit::inline v0::ssh

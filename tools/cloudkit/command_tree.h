#pragma once

#include "command.h"

#include <memory>
#include <string>
#include <vector>

namespace cloudkit::tool {

/// A command with what it takes and what is below it. The program itself is one without a `command`.
struct CommandNode {
  std::string name = {};
  std::string path = {};   ///< "cloudkit fn deploy"
  std::string group = {};  ///< Where help lists it.
  std::unique_ptr<Command> command = {};
  Description description = {};
  std::vector<std::unique_ptr<CommandNode>> below = {};

  /// Null when there is none.
  const CommandNode* find(std::string_view word) const;
  std::vector<std::string> names_below() const;
};

/// The commands that help lists together.
struct CommandGroup {
  const char* title = "";
  std::vector<std::unique_ptr<Command>> commands = {};
};

/// The whole program, as it is parsed, helped with and completed.
class CommandTree {
 public:
  explicit CommandTree(std::vector<CommandGroup> groups);
  CommandTree(const CommandTree&) = delete;
  CommandTree& operator=(const CommandTree&) = delete;
  ~CommandTree();

  const CommandNode& root() const noexcept { return root_; }

  /// What the command line asks for.
  struct Parsed {
    Command* command = nullptr;  ///< Null when there is nothing left to do.
    bool json = false;
    std::string log_level = {};
    int exit_code = 0;
  };
  /// Prints help, versions and errors itself.
  Parsed parse(int argc, char** argv, Output& out);

 private:
  struct Impl;

  CommandNode root_;
  std::unique_ptr<Impl> impl_;
};

/// Commands that know the others. `tree` must outlive them.
std::unique_ptr<Command> make_help(const CommandTree& tree);
std::unique_ptr<Command> make_completion();

}  // namespace cloudkit::tool

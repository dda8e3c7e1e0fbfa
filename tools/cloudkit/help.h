#pragma once

#include "command_tree.h"

#include <cstddef>
#include <string>

namespace cloudkit::tool {

/// What `--help` prints of a command, no line longer than `width` where words allow.
std::string help_text(const CommandNode& root, const CommandNode& node, std::size_t width);
/// Of the terminal, from 60 to 100; 80 where there is none.
std::size_t help_width();

/// What the options of a command look like in help: "-j, --jobs N".
std::string label_of(const Parameter& parameter);

/// A page that is of no one command: `cloudkit help urls`.
struct HelpTopic {
  const char* name = "";
  const char* summary = "";
  const char* text = "";
};
const std::vector<HelpTopic>& help_topics();

}  // namespace cloudkit::tool

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::tool {

/// A command line as bash takes it apart, up to the cursor.
struct ShellLine {
  std::vector<std::string> words = {};  ///< The whole ones.
  std::string last = {};                ///< The one at the cursor.
  std::string last_raw = {};            ///< As it was typed.
  char quote = 0;                       ///< `'` or `"` when the cursor is between quotes.
  /// The shell makes something else of the last word: it holds `$`, a backtick, `!` or `{`.
  bool expands = false;
};

ShellLine parse_shell_line(std::string_view line);

/// How `text` is typed where such a quote is open, or none. Nothing where the shell would not take it as it is: between
/// double quotes no character keeps `!` from standing for earlier commands.
/// https://www.gnu.org/software/bash/manual/html_node/History-Interaction.html
std::optional<std::string> typed(std::string_view text, char quote);

}  // namespace cloudkit::tool

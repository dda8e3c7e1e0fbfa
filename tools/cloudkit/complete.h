#pragma once

#include "command_tree.h"

#include <string>
#include <string_view>
#include <vector>

/// What the shell offers when the user presses Tab. The scripts of `cloudkit completion` ask the program itself, which
/// looks into what parses its command line: they cannot lag behind it.
namespace cloudkit::tool {

inline constexpr std::string_view kCompleteCommand = "__complete";

/// What a word may become.
struct Candidate {
  std::string word = {};
  std::string help = {};
  bool open = false;  ///< More may follow: no space behind it.
};

/// The shell's question.
struct Unfinished {
  std::vector<std::string> before = {};  ///< Whole words, without the program's name.
  std::string word = {};                 ///< Up to the cursor.
  std::string after = {};                ///< What follows the cursor in the same word.
};

/// Every one begins with the word.
std::vector<Candidate> candidates(const CommandNode& root, const Unfinished& unfinished);

/// URLs as the stores name them: schemes, buckets, prefixes, objects. Takes at most a second, gives at most 200, and
/// says nothing of errors. `query`: "?endpoint=…", or "".
std::vector<Candidate> url_candidates(const std::string& word, const std::string& query);
/// Files here. The same limits.
std::vector<Candidate> path_candidates(const std::string& word, bool directories_only);

/// Answers a script: `words` are "bash" TEXT BEFORE AFTER, or "zsh" WORD AFTER BEFORE…. Returns the exit code.
int complete(const CommandNode& root, const std::vector<std::string>& words, Output& out);

}  // namespace cloudkit::tool

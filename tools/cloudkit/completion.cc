#include "complete.h"
#include "format.h"
#include "shell_line.h"

#include <algorithm>

namespace cloudkit::tool {
namespace {

// Bash breaks words at `:` and `=`, and asks for what stands behind the last one of them: $2.
// https://www.gnu.org/software/bash/manual/html_node/Programmable-Completion.html
constexpr const char* kBash = R"(# bash completion of cloudkit, in ~/.bashrc:  source <(cloudkit completion bash)
_cloudkit() {
  local line program=$1
  [[ $program == '~/'* ]] && program=$HOME/${program:2}
  COMPREPLY=()
  # A home only the shell knows.
  if [[ $2 == '~'* ]]; then compopt -o default 2>/dev/null; return; fi
  while IFS= read -r line; do
    if [[ $line == $'\t'nospace ]]; then compopt -o nospace 2>/dev/null; else COMPREPLY+=("$line"); fi
  done < <("$program" __complete bash "$2" "${COMP_LINE:0:COMP_POINT}" "${COMP_LINE:COMP_POINT}" 2>/dev/null)
}
complete -F _cloudkit cloudkit
)";

// https://zsh.sourceforge.io/Doc/Release/Completion-Widgets.html
constexpr const char* kZsh = R"(#compdef cloudkit
# zsh completion of cloudkit, in ~/.zshrc behind compinit:  source <(cloudkit completion zsh)
_cloudkit() {
  local line word
  # A home only the shell knows.
  if [[ $PREFIX == '~'* ]]; then _files; return; fi
  local -a open_words open_texts whole_words whole_texts
  "${(Q)words[1]}" __complete zsh "${(Q)PREFIX}" "${(Q)SUFFIX}" "${(@Q)words[2,CURRENT-1]}" 2>/dev/null |
    while IFS= read -r line; do
      word=${${line#*$'\t'}%%$'\t'*}
      if [[ $line == open$'\t'* ]]; then
        open_words+=("$word") open_texts+=("${line##*$'\t'}")
      else
        whole_words+=("$word") whole_texts+=("${line##*$'\t'}")
      fi
    done
  (( $#open_words )) && compadd -S '' -d open_texts -a open_words
  (( $#whole_words )) && compadd -l -d whole_texts -a whole_words
  (( $#open_words + $#whole_words ))
}
# As a file _cloudkit in $fpath this is called by its first completion.
if [[ $funcstack[1] == _cloudkit ]]; then _cloudkit "$@"; else compdef _cloudkit cloudkit; fi
)";

// What would end a line of the answer, or move the terminal's cursor, is not offered.
bool is_printable(const Candidate& candidate) { return printable(candidate.word) == candidate.word; }

void answer_bash(const CommandNode& root, const std::string& text, const std::string& before, const std::string& after,
                 Output& out) {
  ShellLine line = parse_shell_line(before);
  if (line.words.empty()) return;  // The program's own name.
  line.words.erase(line.words.begin());
  if (line.expands) return;  // What it will be only the shell knows.
  std::vector<std::string> found;
  bool open = false;
  for (const Candidate& one :
       candidates(root, {line.words, line.last, after.substr(0, after.find_first_of(" \t'\""))})) {
    const auto rest = typed(std::string_view(one.word).substr(line.last.size()), line.quote);
    if (!rest || !is_printable(one)) continue;
    found.push_back(line.last_raw + *rest);
    open = one.open;
  }
  open = open && found.size() == 1;
  if (open) out.line("\tnospace");
  // Of a single one bash would close the quote.
  if (open && line.quote != 0) found.push_back(found[0] + "...");
  // What of the word stands before that which bash replaces.
  const std::size_t kept = line.last_raw.ends_with(text) ? line.last_raw.size() - text.size() : 0;
  for (const std::string& one : found) out.line(one.substr(kept));
}

void answer_zsh(const CommandNode& root, const Unfinished& unfinished, Output& out) {
  const std::vector<Candidate> found = candidates(root, unfinished);
  std::size_t widest = 0;
  for (const Candidate& one : found) widest = std::max(widest, one.word.size());
  for (const Candidate& one : found) {
    if (!is_printable(one)) continue;
    std::string text = one.word;
    if (!one.help.empty()) text += std::string(widest - one.word.size(), ' ') + "  -- " + one.help;
    out.line((one.open ? "open\t" : "whole\t") + one.word + '\t' + text);
  }
}

class Completion final : public Command {
 public:
  const char* name() const override { return "completion"; }
  const char* summary() const override { return "Print a script that lets a shell complete what is typed"; }

  void declare(Arguments& arguments) override {
    arguments.positional("SHELL", shell_, "bash or zsh")
        .one_of({"bash", "zsh"})
        .examples(
            "  source <(cloudkit completion bash)     # in ~/.bashrc\n"
            "  source <(cloudkit completion zsh)      # in ~/.zshrc, behind compinit");
  }

  int run(Session& session) override {
    const auto status = session.out.bytes(std::string_view(shell_ == "bash" ? kBash : kZsh));
    return status ? 0 : session.out.error(status.error());
  }

 private:
  std::string shell_;
};

}  // namespace

int complete(const CommandNode& root, const std::vector<std::string>& words, Output& out) {
  if (words.size() == 4 && words[0] == "bash") {
    answer_bash(root, words[1], words[2], words[3], out);
    return 0;
  }
  if (words.size() >= 3 && words[0] == "zsh") {
    answer_zsh(root, {{words.begin() + 3, words.end()}, words[1], words[2]}, out);
    return 0;
  }
  return exit_code(ErrorCode::invalid_argument);
}

std::unique_ptr<Command> make_completion() { return std::make_unique<Completion>(); }

}  // namespace cloudkit::tool
